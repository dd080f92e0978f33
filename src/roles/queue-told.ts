import type { Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import type { Settlement } from './administer-roles.ts'

/**
 * Queues the accounts to which WorkOS assigns a role with this slug, within the organization that owns it, or
 * everywhere.
 */
export function queueTold(
  tx: Tx,
  { slug, organizationId }: { readonly slug: string; readonly organizationId: string | null },
  why: Why,
  settlement: Settlement,
): Promise<number> {
  return settlement.queue(tx, TOLD, [slug, organizationId], why)
}

const TOLD = `
  select account_id from directory_user
  where idp_roles @> array[$1]::text[] and ($2::text is null or organization_id = $2)`
