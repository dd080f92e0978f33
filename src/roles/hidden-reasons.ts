import type { Queryable } from '../db/database.ts'
import type { DirectoryUserState } from '../directory/changes.ts'
import type { Missing } from '../operations/explanation.ts'

interface Row {
  readonly accountActive: boolean
  readonly identity: string | null
  readonly identityState: DirectoryUserState | null
  readonly mappingId: string | null
  readonly groupId: string | null
}

/** Returns the reasons that an account has for a role but that do not count now. */
export async function hiddenReasons(
  db: Queryable,
  accountId: string,
  roleId: string,
  limit: number,
): Promise<Missing[]> {
  const { rows } = await db.query<Row>(HIDDEN, [accountId, roleId, limit])
  return rows.map(({ accountActive, identity, identityState, mappingId, groupId }) => {
    const rest = { mappingId, groupId, directoryUserId: identity }
    return accountActive && identityState !== null
      ? { kind: 'IDENTITY_INACTIVE', message: `${identity} is ${identityState.toLowerCase()}`, ...rest }
      : { kind: 'ACCOUNT_INACTIVE', message: 'There is a reason, which counts once the account is active', ...rest }
  })
}

const HIDDEN = `
  select a.state = 'ACTIVE' as "accountActive", u.id as identity, u.state as "identityState",
         nullif(g.mapping_id, '') as "mappingId", nullif(g.group_id, '') as "groupId"
  from role_grant g join account a on a.id = g.account_id left join directory_user u on u.id = g.directory_user_id
  where g.account_id = $1 and g.role_id = $2 and not g.visible
  order by g.kind, g.mapping_id, g.group_id limit $3`
