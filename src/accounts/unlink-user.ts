import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Administrator } from '../operations/administrator.ts'
import { conflict } from '../operations/refusal.ts'
import { findIdentity } from './find-identity.ts'
import { insertAccounts } from './insert-accounts.ts'
import { DISABLED_FIELDS, keepOut } from './keep-out.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { newAccountId } from './new-account-id.ts'
import { settle } from './settle-access.ts'
import { lockAccounts } from './settle-accounts.ts'

/**
 * Moves an identity from its account to a new one of its own, and returns that one's id. The former account no longer
 * depends on the identity: it may be let in, unless a person has disabled it or it already had to be kept out. Throws
 * Refusal.
 */
export async function unlinkUser(tx: Tx, directoryUserId: string, by: Administrator, now: Date): Promise<string> {
  const { directoryId, organizationId } = await findIdentity(tx, directoryUserId, by)
  await lockDirectory(tx, directoryId)
  await lockOrganizations(tx, [organizationId])
  const identity = await findIdentity(tx, directoryUserId, by)
  const { accountId: former } = identity
  if (former === null) throw conflict(`${directoryUserId} does not belong to an account`)
  await lockAccounts(tx, [former])
  const identities = await identitiesOf(tx, former)
  if (identities.length === 1 && (await isItsOwn(tx, former)))
    throw conflict(`${directoryUserId} has its own account: there is nothing to unlink`)

  const own = newAccountId()
  await insertAccounts(tx, [{ ...identity, id: own, active: identity.state === 'ACTIVE', provisioned: true }])
  await tx.query(STAY_DISABLED, [own, former])
  await tx.query(`update directory_user set account_id = $2, link_kind = 'PROVISIONED' where id = $1`, [
    directoryUserId,
    own,
  ])
  const kept = await keepOut(tx, [former], by.actor, 'Its last identity was unlinked')
  const why = byHand(by, now, { directoryId, directoryUserId })
  const drafts = [
    draftChange(why, { kind: 'USER_PROVISIONED', accountId: own, organizationId }),
    draftChange(why, {
      kind: 'USER_UPDATED',
      accountId: former,
      organizationId,
      changedFields: ['directoryUsers', ...(kept.length > 0 ? DISABLED_FIELDS : [])],
      previous: { directoryUsers: identities },
    }),
  ]
  const settled = await settle(tx, new Map([own, former].map((id) => [id, why])))
  await appendChanges(tx, [...drafts, ...settled])
  return own
}

// A user whom a caller has disabled is not let in by an account of their own.
const STAY_DISABLED = `
  update account n set disabled_at = a.disabled_at, disabled_by = a.disabled_by, disabled_reason = a.disabled_reason
  from account a where n.id = $1 and a.id = $2 and a.disabled_at is not null and not a.kept_out`

async function identitiesOf(tx: Tx, accountId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from directory_user where account_id = $1 order by created_at, id',
    [accountId],
  )
  return rows.map(({ id }) => id)
}

async function isItsOwn(tx: Tx, accountId: string): Promise<boolean> {
  const account = await tx.query<{ own: boolean }>(
    'select provisioned and external_id is null as own from account where id = $1',
    [accountId],
  )
  return onlyRow(account).own
}
