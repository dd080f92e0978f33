import type { Why } from './draft-change.ts'

/** What a caller did through the API. It occurs here: `occurredAt` is also the time at which its rows are written. */
export type ByHand = Why & { readonly actor: string }

/** Why something changes that a caller does through the API, to the subject if its changes are about one. */
export function byHand(
  { actor }: { readonly actor: string },
  at: Date,
  subject: Pick<Why, 'directoryId' | 'directoryUserId'> = {},
): ByHand {
  return { ...subject, source: 'MUTATION', actor, occurredAt: at }
}
