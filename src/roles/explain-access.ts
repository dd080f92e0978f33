import type { Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Explanation, Missing, MissingKind } from '../operations/explanation.ts'
import { hiddenReasons } from './hidden-reasons.ts'
import { nearMisses } from './near-misses.ts'
import { roleOfAccount } from './role-of-account.ts'

/** Missing conditions reported, at most. */
const MAX_TOLD = 100

/**
 * Returns why an account that the caller may see has a role, or what is missing for it; null if it can have no such
 * role.
 */
export async function explainAccess(db: Queryable, accountId: string, role: string): Promise<Explanation | null> {
  const roleId = await roleOfAccount(db, accountId, role)
  if (roleId === null) return null
  const { rows: reasons } = await db.query(
    'select from role_grant where account_id = $1 and role_id = $2 and visible limit 1',
    [accountId, roleId],
  )
  const granted = reasons.length > 0
  const missing = granted ? [] : await findMissing(db, accountId, roleId)
  return { accountId, roleId, granted, missing: missing.slice(0, MAX_TOLD), hasMore: missing.length > MAX_TOLD }
}

async function findMissing(db: Queryable, accountId: string, roleId: string): Promise<readonly Missing[]> {
  const account = await db.query<{ due: boolean; active: boolean }>(
    `select a.state = 'ACTIVE' as active, exists (select from account_due where account_id = a.id) or exists (
       select from mapping_due d join role_mapping_role mr on mr.mapping_id = d.mapping_id
       where mr.role_id = $2 and d.cursor < a.id) as due
     from account a where a.id = $1`,
    [accountId, roleId],
  )
  const { due, active } = onlyRow(account)
  // Mappings and grants do not agree yet.
  if (due) return [about('BEING_APPLIED', 'A change of mappings or groups has not been applied to the account yet')]
  const hidden = await hiddenReasons(db, accountId, roleId, MAX_TOLD + 1)
  const near = await nearMisses(db, accountId, roleId, MAX_TOLD + 1)
  const found = [...hidden, ...near]
  if (found.length === 0) found.push(about('NO_MAPPING', NO_MAPPING))
  if (!active && hidden.length === 0) found.unshift(about('ACCOUNT_INACTIVE', 'The account is not active'))
  return found
}

const NO_MAPPING = 'No mapping grants the role within the organization, and nobody has granted it by hand'

const about = (kind: MissingKind, message: string): Missing => ({
  kind,
  message,
  mappingId: null,
  groupId: null,
  directoryUserId: null,
})
