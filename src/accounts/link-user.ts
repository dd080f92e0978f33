import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { LinkProblemKind, LinkRequest } from '../operations/account-operations.ts'
import { conflict, notFound, type Refusal } from '../operations/refusal.ts'
import { findIdentity, type Identity } from './find-identity.ts'
import { addLinkRows, openLinkRows } from './link-rows.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { moveLinks } from './move-links.ts'
import { planLinks } from './plan-links.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { freeAuthkitUsers } from './free-authkit-users.ts'

/**
 * Links an identity to the requested account and returns that account's id. An account that was created for the
 * identity and has nothing else goes away. Throws Refusal.
 */
export async function linkUser(tx: Tx, request: LinkRequest, by: Administrator, now: Date): Promise<string> {
  const { directoryUserId, userId, externalId, workosUserId } = request
  const { directoryId, organizationId } = await findIdentity(tx, directoryUserId, by)
  await lockDirectory(tx, directoryId) // applying its events may also change which account an identity belongs to
  await lockOrganizations(tx, [organizationId])
  const identity = await findIdentity(tx, directoryUserId, by)
  await openLinkRows(tx)
  const target = { ...(userId !== null && { targetId: userId }), ...(externalId !== null && { externalId }) }
  await addLinkRows(tx, [{ line: 1, identityId: directoryUserId, ...target }])
  await planLinks(tx, by)
  const planned = await tx.query<{ targetId: string; problem: LinkProblemKind | null }>(
    'select target_id as "targetId", problem from link_row',
  )
  const { targetId, problem } = onlyRow(planned)
  if (problem !== null) throw refusalOf(problem, request)
  await moveLinks(tx, 'EXPLICIT', byHand(by, now))
  if (workosUserId !== null) await nameAuthkitUser(tx, { ...identity, accountId: targetId }, workosUserId, by, now)
  return targetId
}

function refusalOf(problem: LinkProblemKind, { directoryUserId, userId }: LinkRequest): Refusal {
  if (problem === 'UNKNOWN_USER') return notFound('user', userId!) // which only an account that the request names can be
  const message =
    problem === 'UNKNOWN_ORGANIZATION'
      ? `The organization of ${directoryUserId} is not known yet, and the application's ids are unique only within one`
      : `The account of ${directoryUserId} and the other account have different AuthKit users`
  return conflict(message)
}

async function nameAuthkitUser(
  tx: Tx,
  { accountId, organizationId, directoryId, id: userId }: Identity & { readonly accountId: string },
  workosUserId: string,
  by: Administrator,
  now: Date,
): Promise<void> {
  const present = await tx.query<{ before: string | null }>(
    'select workos_user_id as before from account where id = $1',
    [accountId],
  )
  const { before } = onlyRow(present)
  if (before === workosUserId) return
  if ((await freeAuthkitUsers(tx, organizationId, [{ accountId, workosUserId }])) !== null)
    throw conflict(`Another account of the organization has the AuthKit user ${workosUserId}`)
  await tx.query('update account set workos_user_id = $2, updated_at = clock_timestamp() where id = $1', [
    accountId,
    workosUserId,
  ])
  await queueRevocationsOfInactive(tx, [accountId])
  const why = byHand(by, now, { directoryId, directoryUserId: userId })
  const changed = { changedFields: ['workosUserId'], previous: { workosUserId: before } }
  await appendChanges(tx, [draftChange(why, { kind: 'USER_UPDATED', accountId, organizationId, ...changed })])
}
