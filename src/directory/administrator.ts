/**
 * Who administers, and what: everything of one organization, or, where it is null, of all. What they do is theirs in
 * the change log.
 */
export interface Administrator {
  readonly actor: string
  readonly organizationId: string | null
}
