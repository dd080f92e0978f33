// What becomes of accounts whose identities are erased, long after these were deleted.
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { deleteAccounts } from './delete-accounts.ts'
import { DISABLED_FIELDS, keepOut } from './keep-out.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { settle } from './settle-access.ts'
import { lockAccounts } from './settle-accounts.ts'

interface Orphan {
  readonly id: string
  readonly organizationId: string | null
  readonly externalId: string | null
  readonly provisioned: boolean
}

/**
 * Settles accounts after some of their identities were erased. An account created for them goes with the last: nothing
 * personal is kept, not even in the change log. An account that the application had before stays, and stays disabled.
 * Returns the changes made.
 */
export async function outliveIdentities(tx: Tx, accountIds: readonly string[], why: Why): Promise<ChangeDraft[]> {
  if (accountIds.length === 0) return []
  const ids = [...new Set(accountIds)]
  const { rows: owners } = await tx.query<{ id: string | null }>(
    'select distinct organization_id as id from account where id = any($1::text[])',
    [ids],
  )
  await lockOrganizations(
    tx,
    owners.map(({ id }) => id),
  )
  await lockAccounts(tx, ids)
  const { rows: orphans } = await tx.query<Orphan>(ORPHANS, [ids])
  const gone = orphans.filter(({ provisioned }) => provisioned)
  const goneIds = gone.map(({ id }) => id)
  await deleteAccounts(tx, goneIds, 'Its last identity was erased')
  await tx.query('update change set previous = null, detail = null where account_id = any($1::text[])', [goneIds])
  await tx.query('delete from session_revocation where account_id = any($1::text[]) and done_at is not null', [goneIds])
  const left = orphans.filter(({ provisioned }) => !provisioned)
  const kept = new Set(
    await keepOut(
      tx,
      left.map(({ id }) => id),
      'retention',
      'Its last identity was erased',
    ),
  )
  const settled = await settle(tx, new Map(ids.map((id) => [id, why])))
  return [
    ...gone.map((account) => deletion(account, why)),
    ...left.filter(({ id }) => kept.has(id)).map((account) => keeping(account, why)),
    ...settled,
  ]
}

// The application's own id tells it which of its accounts is meant.
function deletion({ id, organizationId, externalId }: Orphan, why: Why): ChangeDraft {
  const changed = externalId === null ? {} : { changedFields: ['externalId'], previous: { externalId } }
  return draftChange(why, { kind: 'USER_DELETED', accountId: id, organizationId, ...changed })
}

function keeping({ id, organizationId }: Orphan, why: Why): ChangeDraft {
  const previous = { disabledAt: null, disabledBy: null, disabledReason: null }
  const changed = { changedFields: [...DISABLED_FIELDS], previous }
  return draftChange(why, { kind: 'USER_UPDATED', accountId: id, organizationId, ...changed })
}

const ORPHANS = `
  select id, organization_id as "organizationId", external_id as "externalId", provisioned from account a
  where id = any($1::text[]) and state <> 'DELETED'
    and not exists (select from directory_user u where u.account_id = a.id)
  order by id`
