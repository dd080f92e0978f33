/** One thing that is wrong with a request; the path leads from the input to the value. */
export interface Issue {
  readonly path: readonly string[]
  readonly message: string
}

/** What would be removed, which must be confirmed first. */
export interface InUse {
  readonly message: string
  /** Accounts that would lose a role. */
  readonly accounts: number
  /** The first of them. */
  readonly accountIds: readonly string[]
  /** Mappings that would grant less, or nothing. */
  readonly mappings: number
  /** The first of them. */
  readonly mappingIds: readonly string[]
}

type Reason =
  | { readonly kind: 'NOT_FOUND'; readonly what: string; readonly id: string }
  | { readonly kind: 'FORBIDDEN'; readonly message: string }
  | { readonly kind: 'CONFLICT'; readonly message: string }
  | { readonly kind: 'INVALID'; readonly issues: readonly Issue[] }
  | ({ readonly kind: 'IN_USE' } & InUse)

/** Why a request is not carried out, for a reason that the caller can act on. */
export class Refusal extends Error {
  readonly reason: Reason

  constructor(reason: Reason) {
    super(messageOf(reason))
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** Nothing with this id exists, or nothing that the caller may see: the two must look the same (law 8). */
export const notFound = (what: string, id: string): Refusal => new Refusal({ kind: 'NOT_FOUND', what, id })
export const conflict = (message: string): Refusal => new Refusal({ kind: 'CONFLICT', message })
export const forbidden = (message: string): Refusal => new Refusal({ kind: 'FORBIDDEN', message })
export const invalid = (...issues: readonly Issue[]): Refusal => new Refusal({ kind: 'INVALID', issues })

function messageOf(reason: Reason): string {
  switch (reason.kind) {
    case 'NOT_FOUND':
      return `There is no ${reason.what} ${reason.id}`
    case 'INVALID':
      return reason.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    case 'FORBIDDEN':
    case 'CONFLICT':
    case 'IN_USE':
      return reason.message
  }
}
