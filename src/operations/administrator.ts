/**
 * Who administers what: everything in one organization or, if that is null, in all. The change log attributes what they
 * do to `actor`.
 */
export interface Administrator {
  readonly actor: string
  readonly organizationId: string | null
}
