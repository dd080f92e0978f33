import type { StoredChange } from '../changes/read.ts'

/**
 * What a message keeps its order within where nothing waits that it has to follow (src/outbound/join-orders.ts): the
 * account, of which an identity and a membership are facts like any other, or else the person, or else the group, or
 * else the directory.
 */
export function orderingKeyOf(
  { userId, groupId, directoryId }: Pick<StoredChange, 'userId' | 'groupId' | 'directoryId'>,
  accountId: string | null,
) {
  return accountId ?? userId ?? groupId ?? (directoryId === '' ? 'administration' : directoryId)
}
