import { byHand, type ByHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import type { Findings, RollbackRequest } from '../operations/mapping-plans.ts'
import { conflict, notFound } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingChange } from '../operations/role-mappings.ts'
import { administerRolesInTurn, type Done, type RoleContext, type Settlement } from './administer-roles.ts'
import { changeMappings } from './change-mappings.ts'
import { foresee } from './foresee.ts'
import { copyMatches } from './planned-mappings.ts'
import { changesBack } from './changes-back.ts'
import { planStillHolds } from './plan-still-holds.ts'
import { foreseePlan, keepPlan } from './plans.ts'
import { workOutFirst } from './work-out-first.ts'
import { workOutPlan } from './work-out-plan.ts'

/** Accounts settled in the transaction that changes the mappings, at most. */
const MAX_AT_ONCE = 500

interface Plan {
  readonly id: string
  readonly hash: string
  readonly changes: readonly MappingChange[]
  readonly findings: Findings
}

/**
 * Makes the changes of a plan, all in one transaction, if everything is as it was when the plan was worked out. Up to
 * 500 accounts gain and lose their roles in that transaction too; if there are more, all follow in chunks before this
 * resolves. Throws Refusal.
 */
export async function applyPlan(context: RoleContext, by: Administrator, planId: string, hash: string): Promise<void> {
  await foresee(context, by, async (tx) => {
    const { changes } = await readPlan(tx, by, planId, context.now())
    return changes.map(({ after }) => after)
  })
  await administerRolesInTurn(context, async (tx) => {
    const at = context.now()
    const plan = await takePlan(tx, by, planId, at)
    if (plan.hash !== hash) throw conflict(`This is not the hash of ${planId}`)
    const workOut = async () => {
      const worked = await workOutPlan(tx, plan.changes, { planId, store: false })
      if (worked.hash !== hash)
        throw conflict('Something that the plan was computed from has changed since: create a new plan')
    }
    await workOutFirst(tx, workOut, (_worked, since) => planStillHolds(tx, plan, since))
    return carryOut(tx, plan, byHand(by, at), context.settlement)
  })
}

/**
 * Restores the mappings as they were at a position in the change log, through a plan, whose id it returns. If a hash is
 * given, only if the plan has that one. Throws Refusal.
 */
export async function rollBack(
  context: RoleContext,
  by: Administrator,
  request: RollbackRequest,
  hash: string | null,
): Promise<string> {
  await foreseePlan(context, by, request)
  return administerRolesInTurn(context, async (tx) => {
    const at = context.now()
    const workOut = async (): Promise<Plan> => {
      const { changes, notes } = await changesBack(tx, by, request)
      const { planId, ...worked } = await keepPlan(tx, by, changes, at, notes)
      if (hash !== null && worked.hash !== hash)
        throw conflict('This is not the hash of what would be done now: create a new plan')
      return { id: planId, changes, ...worked }
    }
    const plan = await workOutFirst(tx, workOut, (worked, since) => planStillHolds(tx, worked, since))
    const done = await carryOut(tx, plan, byHand(by, at), context.settlement)
    return { ...done, result: plan.id }
  })
}

const takePlan = (tx: Tx, by: Administrator, id: string, at: Date): Promise<Plan> =>
  readPlan(tx, by, id, at, 'for update')

async function readPlan(tx: Tx, by: Administrator, id: string, at: Date, lock: '' | 'for update' = ''): Promise<Plan> {
  const { rows } = await tx.query<Plan & { applied: boolean }>(
    `select id, hash, changes, findings, applied_at is not null as applied from role_mapping_plan
     where id = $1 and expires_at >= $2 and ($3::text is null or organization_id = $3) ${lock}`,
    [id, at, by.organizationId],
  )
  if (rows[0] === undefined) throw notFound('role mapping plan', id)
  if (rows[0].applied) throw conflict(`${id} has already been applied`)
  return rows[0]
}

async function carryOut(tx: Tx, plan: Plan, why: ByHand, settlement: Settlement): Promise<Done<null>> {
  const blocking = plan.findings.conflicts.find((one) => one.blocking)
  if (blocking !== undefined) throw conflict(blocking.message)
  await tx.query('update role_mapping_plan set applied_at = $2 where id = $1', [plan.id, why.occurredAt])
  const { rows } = await tx.query<{ id: string }>(DIFFERING, [plan.id])
  const atOnce = rows.length <= MAX_AT_ONCE ? rows.map(({ id }) => id) : []
  const { drafts, queued } = await changeMappings(tx, plan.changes, why, settlement, copyMatches)
  const settled = await settlement.settle(tx, new Map(atOnce.map((id) => [id, why])))
  return { result: null, drafts: [...drafts, ...settled], queued }
}

const DIFFERING = `
  select account_id as id from role_mapping_plan_difference where plan_id = $1 order by account_id limit ${MAX_AT_ONCE + 1}`
