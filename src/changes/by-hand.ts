import type { Why } from './draft-change.ts'

export type ByHand = Why & { readonly actor: string }

/** Why something changes that a caller does through the API. */
export function byHand(
  { actor }: { readonly actor: string },
  at: Date,
  of: Pick<Why, 'directoryId' | 'directoryUserId'> = {},
): ByHand {
  return { ...of, source: 'MUTATION', actor, occurredAt: at }
}
