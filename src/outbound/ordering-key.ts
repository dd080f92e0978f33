import type { StoredChange } from '../changes/read.ts'

/**
 * What a message keeps its order within: the account, of which an identity and a membership are facts like any other, or else
 * the person, or else the group, or else the directory. `accountOfUser` is the account that the change's user belongs to.
 */
export function orderingKeyOf(
  { accountId, userId, groupId, directoryId }: Pick<StoredChange, 'accountId' | 'userId' | 'groupId' | 'directoryId'>,
  accountOfUser: string | null,
) {
  return accountId ?? accountOfUser ?? userId ?? groupId ?? (directoryId === '' ? 'administration' : directoryId)
}
