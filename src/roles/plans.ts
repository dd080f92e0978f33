import { ulid } from 'ulid'
import type { Queryable, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { PlanConflict, PlanRequest, RollbackRequest } from '../operations/mapping-plans.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingChange } from '../operations/role-mappings.ts'
import type { RoleContext } from './administer-roles.ts'
import { changesBack } from './changes-back.ts'
import { foresee } from './foresee.ts'
import { changesOf } from './plan-requests.ts'
import { workOutPlan, type WorkedOut } from './work-out-plan.ts'

/** How long a plan is kept. */
const LIFETIME_MS = 3_600_000
/** Plans kept per planner, at most. */
const MAX_KEPT = 20

/** Tries the patterns of a plan: see foresee.ts. Throws Refusal. */
export async function foreseePlan(
  context: RoleContext,
  by: Administrator,
  request: PlanRequest | RollbackRequest,
): Promise<void> {
  await foresee(context, by, async (tx) => {
    const { changes } = await readChanges(tx, by, request, context.now())
    return changes.map(({ after }) => after)
  })
}

async function readChanges(
  tx: Tx,
  by: Administrator,
  request: PlanRequest | RollbackRequest,
  at: Date,
): Promise<{ changes: readonly MappingChange[]; notes: readonly PlanConflict[] }> {
  if ('position' in request) return changesBack(tx, by, request)
  return { changes: await changesOf(tx, by, request, at), notes: [] }
}

/**
 * Works out what changes to mappings would do, as of one moment, and stores it. Returns the plan's id. Throws Refusal.
 */
export async function planMappings(
  { db, now, settlement }: RoleContext,
  by: Administrator,
  request: PlanRequest | RollbackRequest,
): Promise<string> {
  // Otherwise changes by others that accounts do not reflect yet would be attributed to this plan.
  await settlement.drain()
  const at = now()
  await forgetPlans(db.pool, by, at)
  return inTransaction(db.pool, async (tx) => {
    await tx.query('set transaction isolation level repeatable read')
    const { changes, notes } = await readChanges(tx, by, request, at)
    return (await keepPlan(tx, by, changes, at, notes)).planId
  })
}

/** Works a plan out and stores it, in the caller's transaction. */
export async function keepPlan(
  tx: Tx,
  by: Administrator,
  changes: readonly MappingChange[],
  at: Date,
  notes: readonly PlanConflict[],
): Promise<WorkedOut & { planId: string }> {
  const planId = `role_mapping_plan_${ulid()}`
  await tx.query(
    `insert into role_mapping_plan (id, organization_id, changes, findings, hash, accounts, granted, revoked, unchanged, created_by,
       created_at, expires_at)
     values ($1, $2, $3, '{}', '', 0, 0, 0, 0, $4, $5, $6)`,
    [planId, by.organizationId, JSON.stringify(changes), by.actor, at, new Date(at.getTime() + LIFETIME_MS)],
  )
  const worked = await workOutPlan(tx, changes, { planId, store: true, notes })
  const { findings, hash, accounts, granted, revoked, unchanged } = worked
  await tx.query(
    `update role_mapping_plan set findings = $2, hash = $3, accounts = $4, granted = $5, revoked = $6, unchanged = $7
     where id = $1`,
    [planId, JSON.stringify(findings), hash, accounts, granted, revoked, unchanged],
  )
  return { planId, ...worked }
}

// Each new plan makes room for itself: expired plans go, and all but the planner's newest.
async function forgetPlans(db: Queryable, by: Administrator, at: Date): Promise<void> {
  await db.query(
    `delete from role_mapping_plan where expires_at < $1 or id in (
       select id from role_mapping_plan where created_by = $2 order by id desc offset ${MAX_KEPT - 1})`,
    [at, by.actor],
  )
}
