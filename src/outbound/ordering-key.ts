import type { StoredChange } from '../changes/read.ts'

/**
 * Returns what a message keeps its order within if nothing waits that it has to follow (src/outbound/join-orders.ts):
 * the account, whose identities and memberships are facts like any other; otherwise the person, the group or the
 * directory.
 */
export function orderingKeyOf(
  {
    directoryUserId,
    directoryGroupId,
    directoryId,
  }: Pick<StoredChange, 'directoryUserId' | 'directoryGroupId' | 'directoryId'>,
  accountId: string | null,
) {
  return accountId ?? directoryUserId ?? directoryGroupId ?? (directoryId === '' ? 'administration' : directoryId)
}
