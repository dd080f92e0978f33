import type { Tx } from '../db/database.ts'
import type { Findings, RollbackRequest } from '../directory/mapping-plans.ts'
import { conflict, notFound } from '../directory/refusal.ts'
import type { Administrator } from '../directory/administrator.ts'
import type { MappingChange } from '../directory/role-mappings.ts'
import { administer, type Done, type RoleContext, type Settlement } from './administer.ts'
import { changeMappings, whyOf, type Act } from './change-mappings.ts'
import { changesBack } from './changes-back.ts'
import { keepPlan } from './plans.ts'
import { workOutPlan } from './work-out-plan.ts'

/** Accounts that are settled in the transaction that changes the mappings, at the most. */
const MOST_AT_ONCE = 5_000
const CHUNK = 500

interface Plan {
  readonly id: string
  readonly hash: string
  readonly changes: readonly MappingChange[]
  readonly findings: Findings
}

/**
 * Makes the changes of a plan, all of them in one transaction, if everything is as it was when the plan was worked out. Up to
 * 5,000 accounts gain and lose their roles in that transaction too; more follow in chunks, until this is done. Throws Refusal.
 */
export async function applyPlan(context: RoleContext, by: Administrator, planId: string, hash: string): Promise<void> {
  await administer(context, async (tx) => {
    const at = context.now()
    const plan = await takePlan(tx, by, planId, at)
    if (plan.hash !== hash) throw conflict(`This is not the hash of ${planId}`)
    const worked = await workOutPlan(tx, plan.changes, { planId, store: false })
    if (worked.hash !== hash) throw conflict('Something that the plan was worked out from has changed since: plan anew')
    return carryOut(tx, plan, { actor: by.actor, at }, context.settlement)
  })
}

/**
 * Brings back the mappings as they were at a place in the change log, through a plan, whose id it gives. With a hash it is done
 * only if the plan has that one. Throws Refusal.
 */
export async function rollBack(
  context: RoleContext,
  by: Administrator,
  request: RollbackRequest,
  hash: string | null,
): Promise<string> {
  return administer(context, async (tx) => {
    const at = context.now()
    const { changes, notes } = await changesBack(tx, by, request)
    const plan = await keepPlan(tx, by, changes, at, notes)
    if (hash !== null && plan.hash !== hash) throw conflict('This is not the hash of what would be done now: plan anew')
    const done = await carryOut(tx, { id: plan.planId, changes, ...plan }, { actor: by.actor, at }, context.settlement)
    return { ...done, result: plan.planId }
  })
}

async function takePlan(tx: Tx, by: Administrator, id: string, at: Date): Promise<Plan> {
  const { rows } = await tx.query<Plan & { applied: boolean }>(
    `select id, hash, changes, findings, applied_at is not null as applied from role_mapping_plan
     where id = $1 and expires_at >= $2 and ($3::text is null or organization_id = $3) for update`,
    [id, at, by.organizationId],
  )
  if (rows[0] === undefined) throw notFound('role mapping plan', id)
  if (rows[0].applied) throw conflict(`${id} has been applied already`)
  return rows[0]
}

async function carryOut(tx: Tx, plan: Plan, act: Act, settlement: Settlement): Promise<Done<null>> {
  const blocking = plan.findings.conflicts.find((one) => one.blocking)
  if (blocking !== undefined) throw conflict(blocking.message)
  await tx.query('update role_mapping_plan set applied_at = $2 where id = $1', [plan.id, act.at])
  const { rows } = await tx.query<{ id: string }>(DIFFERING, [plan.id])
  const atOnce = rows.length <= MOST_AT_ONCE ? rows.map(({ id }) => id) : []
  const settledOf = rows.length <= MOST_AT_ONCE ? plan.id : null
  const { drafts, queued } = await changeMappings(tx, plan.changes, act, settlement, { settledOf })
  for (let from = 0; from < atOnce.length; from += CHUNK) {
    const whys = new Map(atOnce.slice(from, from + CHUNK).map((id) => [id, whyOf(act)]))
    drafts.push(...(await settlement.settle(tx, whys)))
  }
  return { result: null, drafts, queued }
}

const DIFFERING = `
  select account_id as id from role_mapping_plan_difference where plan_id = $1 order by account_id limit ${MOST_AT_ONCE + 1}`
