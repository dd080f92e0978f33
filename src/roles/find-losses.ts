import type { Tx } from '../db/database.ts'
import type { RoleLoss } from '../operations/mapping-plans.ts'

/** Reported at most; every account concerned is marked all the same. */
const MAX_TOLD = 100

/**
 * Returns protected roles that a plan takes from the last accounts of an organization that have them. Marks these
 * accounts in the differences of the plan.
 */
export async function findLosses(tx: Tx, planId: string): Promise<RoleLoss[]> {
  // Expecting few rows, PostgreSQL would otherwise scan all differences for each account to be marked.
  await tx.query('set local enable_nestloop = off')
  await tx.query(MARK, [planId])
  await tx.query('set local enable_nestloop = on')
  const text = `with ${LOSSES} select * from losses order by 1, 2 limit ${MAX_TOLD}`
  return (await tx.query<RoleLoss>(text, [planId])).rows
}

const turned = (column: 'granted' | 'revoked') => `
  select t.role_id, a.organization_id, count(*) as count
  from role_mapping_plan_difference d join account a on a.id = d.account_id
  cross join unnest(d.${column}) as t (role_id) join role r on r.id = t.role_id and r.protected
  where d.plan_id = $1 group by 1, 2`

// Each computed once: PostgreSQL does not know yet how many differences were written, expects few, and would scan all
// of them for each.
const LOSSES = `
  lost as materialized (${turned('revoked')}),
  gained as materialized (${turned('granted')}),
  losses as materialized (
    select lost.role_id as "roleId", lost.organization_id as "organizationId", held.count::int as holders
    from lost
    left join gained
      on gained.role_id = lost.role_id and gained.organization_id is not distinct from lost.organization_id
    cross join lateral (
      select count(distinct g.account_id) as count from role_grant g
      where g.role_id = lost.role_id and g.organization_id is not distinct from lost.organization_id and g.visible
    ) held
    where held.count - lost.count + coalesce(gained.count, 0) = 0
  )`

const MARK = `
  with ${LOSSES},
  marked as materialized (
    select d.account_id, array_agg(l."roleId" order by l."roleId") as roles
    from role_mapping_plan_difference d join account a on a.id = d.account_id
    join losses l on l."roleId" = any(d.revoked) and l."organizationId" is not distinct from a.organization_id
    where d.plan_id = $1 group by 1
  )
  update role_mapping_plan_difference d set last_holder_of = m.roles
  from marked m where d.plan_id = $1 and d.account_id = m.account_id`
