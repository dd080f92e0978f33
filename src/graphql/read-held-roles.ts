import type { Database } from '../db/database.ts'
import type { Role } from '../generated/prisma/client.ts'
import { columnsOf } from './rows-by-id.ts'

/** The roles that accounts have now, by slug, of those that readers of an organization (null: of all) may see. */
export async function readHeldRoles(
  quick: Database['quick'],
  accountIds: readonly string[],
  organizationId: string | null,
): Promise<Map<string, Role[]>> {
  const rows = await quick.query<Role & { readonly accountId: string }>(HELD, [accountIds, organizationId])
  return Map.groupBy(rows, ({ accountId }) => accountId)
}

// However many reasons there are for each.
const HELD = `
  select g.account_id as "accountId", ${columnsOf('Role')}
  from (select distinct account_id, role_id from role_grant where account_id = any($1::text[]) and visible) g
  join role x on x.id = g.role_id and x.deleted_at is null
  where $2::text is null or x.organization_id is null or x.organization_id = $2
  order by x.slug, x.id`
