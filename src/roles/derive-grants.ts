import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { AttributeMatch } from './attribute-matches.ts'
import { KEY, STORED, wantedGrants } from './wanted-grants.ts'

/** A role that an account gains or loses. */
export interface RoleTurn {
  readonly accountId: string
  readonly roleId: string
  readonly organizationId: string | null
  readonly kind: Extract<ChangeDraft['kind'], 'ROLE_GRANTED' | 'ROLE_REVOKED'>
}

/**
 * Writes the reasons for roles that follow from the memberships, attributes and identities of accounts and from the
 * mappings: one row per reason (law 7), hidden while account or identity is not active, so that a return restores what
 * was taken (law 6). Grants made by hand stay, and are hidden with the account. What counted until now is kept for
 * queries about the past. `matches` are what findAttributeMatches returned for these accounts. Returns the roles that
 * accounts gained and lost. `tx` must hold the mappings and have locked the accounts: see
 * src/accounts/settle-accounts.ts.
 */
export async function deriveGrants(
  tx: Tx,
  accountIds: readonly string[],
  matches: readonly AttributeMatch[],
): Promise<RoleTurn[]> {
  if (accountIds.length === 0) return []
  const { rows } = await tx.query<RoleTurn>({
    name: 'derive-grants',
    text: DERIVE,
    values: [accountIds, JSON.stringify(matches)],
  })
  return rows
}

// Not "not in": unless PostgreSQL chooses to hash it, it compares each row with every other.
const equalities = KEY.split(', ').map((column) => `w.${column} = g.${column}`)
const SAME = equalities.join(' and ')

const DERIVE = `
  with wanted as materialized (${wantedGrants(STORED)}),
  before as (
    select account_id, role_id, min(organization_id) as organization_id from role_grant
    where account_id = any($1::text[]) and visible group by 1, 2
  ),
  gone as (
    delete from role_grant g
    where g.account_id = any($1::text[]) and not exists (select from wanted w where ${SAME})
  ),
  past as (
    -- What no longer counts, all at the same moment. Reads the table as it was before: a statement does not see its own
    -- writes.
    insert into role_grant_past (${KEY}, actor, granted_at, since, until)
    select ${KEY}, actor, granted_at, coalesce(shown_at, granted_at), statement_timestamp() from role_grant g
    where g.account_id = any($1::text[]) and g.visible and not exists (select from wanted w where ${SAME} and w.visible)
    on conflict do nothing
  ),
  written as (
    insert into role_grant as g (${KEY}, organization_id, visible, granted_at)
    select ${KEY}, organization_id, visible, clock_timestamp() from wanted
    on conflict (${KEY}) do update set visible = excluded.visible, organization_id = excluded.organization_id,
      shown_at = case when excluded.visible and not g.visible then clock_timestamp() else g.shown_at end
    where g.visible <> excluded.visible or g.organization_id is distinct from excluded.organization_id
  ),
  after as (
    select account_id, role_id, min(organization_id) as organization_id from wanted where visible group by 1, 2
  )
  select coalesce(a.account_id, b.account_id) as "accountId", coalesce(a.role_id, b.role_id) as "roleId",
         coalesce(a.organization_id, b.organization_id) as "organizationId",
         case when b.role_id is null then 'ROLE_GRANTED' else 'ROLE_REVOKED' end as kind
  from after a full join before b on b.account_id = a.account_id and b.role_id = a.role_id
  where a.role_id is null or b.role_id is null
  order by 1, 4 desc, 2`
