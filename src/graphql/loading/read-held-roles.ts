import type { Database } from '../../db/database.ts'
import type { Role } from '../../generated/prisma/client.ts'
import { columnsOf } from './rows-by-id.ts'

/**
 * Reads the roles that accounts have now, by slug, restricted to those that an organization's viewers (null: all
 * viewers) may see.
 */
export async function readHeldRoles(
  quick: Database['quick'],
  accountIds: readonly string[],
  organizationId: string | null,
): Promise<Map<string, Role[]>> {
  const rows = await quick.query<Role & { readonly accountId: string }>(HELD, [accountIds, organizationId])
  return Map.groupBy(rows, ({ accountId }) => accountId)
}

// Each role once, however many reasons it has. `offset 0` forces a lookup per role: expecting few visible roles,
// PostgreSQL would otherwise scan all of them and check for each who has it.
const HELD = `
  select g.account_id as "accountId", ${columnsOf('Role')}
  from (select distinct account_id, role_id from role_grant where account_id = any($1::text[]) and visible) g
  cross join lateral (select * from role where id = g.role_id offset 0) x
  where x.deleted_at is null and ($2::text is null or x.organization_id is null or x.organization_id = $2)
  order by x.slug, x.id`
