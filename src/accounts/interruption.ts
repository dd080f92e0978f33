import type { ChangeDraft } from '../changes/append.ts'
import type { Why } from '../changes/draft-change.ts'

/** When one change after another made a directory user active or inactive, by the user's id. */
export type Activity = ReadonlyMap<string, readonly Turn[]>

interface Turn {
  /** Its place among the changes. */
  readonly at: number
  readonly wasActive: boolean
  readonly why: Why
}

export function activityOf(drafts: readonly ChangeDraft[]): Activity {
  const turns = drafts.flatMap((why, at) => {
    const { kind, directoryUserId } = why
    if (directoryUserId === null) return []
    if (!TURNS.has(kind)) return []
    const wasActive = kind === 'DIRECTORY_USER_DELETED' ? why.detail?.['was'] === 'ACTIVE' : kind === DEACTIVATED
    return [{ directoryUserId, at, wasActive, why }]
  })
  return Map.groupBy(turns, ({ directoryUserId }) => directoryUserId)
}

const DEACTIVATED = 'DIRECTORY_USER_DEACTIVATED'
const TURNS = new Set<ChangeDraft['kind']>([
  'DIRECTORY_USER_CREATED',
  'DIRECTORY_USER_REACTIVATED',
  DEACTIVATED,
  'DIRECTORY_USER_DELETED',
])

/**
 * Why none of these was active for a moment in between, although one of them was before; null if there was no such
 * moment. A person who leaves and returns in one batch has left all the same, also if they return under another id.
 */
export function interruptionOf(
  identities: readonly { readonly id: string; readonly state: string }[],
  activity: Activity,
): Why | null {
  // The state after a change is the one before the next.
  const isActive = ({ id, state }: (typeof identities)[number], after: number): boolean =>
    activity.get(id)?.find(({ at }) => at > after)?.wasActive ?? state === 'ACTIVE'
  const isAnyActive = (after: number) => identities.some((identity) => isActive(identity, after))
  const own = identities.flatMap(({ id }) => activity.get(id) ?? []).toSorted((one, other) => one.at - other.at)
  let interruption: Why | null = null
  let before = isAnyActive(-1)
  for (const { at, why } of own) {
    const after = isAnyActive(at)
    if (before && !after) interruption = why
    before = after
  }
  return interruption
}
