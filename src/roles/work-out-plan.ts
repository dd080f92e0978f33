import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { ChangeFinding, Findings, PlanConflict } from '../operations/mapping-plans.ts'
import { conflict } from '../operations/refusal.ts'
import type { MappingChange } from '../operations/role-mappings.ts'
import { findConflicts } from './find-conflicts.ts'
import { hashPlan } from './plan-hash.ts'
import { planDifferences } from './plan-differences.ts'
import { findLosses } from './find-losses.ts'
import { layOutPlan } from './planned-mappings.ts'

/** Accounts that a plan may concern, at most. */
const MAX_ACCOUNTS = 500_000

export interface WorkedOut {
  readonly hash: string
  readonly accounts: number
  readonly granted: number
  readonly revoked: number
  readonly unchanged: number
  readonly findings: Findings
}

/**
 * Works out what changes to mappings would do to each account, as of now, without making them. The differences are
 * written to the plan `planId` if `store` is true; otherwise they must already be there. Throws Refusal if it would
 * concern too many.
 */
export async function workOutPlan(
  tx: Tx,
  changes: readonly MappingChange[],
  { planId, store, notes = [] }: { planId: string; store: boolean; notes?: readonly PlanConflict[] },
): Promise<WorkedOut> {
  await layOutPlan(tx, changes)
  await requireFew(tx)
  const sum = { accounts: 0, granted: 0, revoked: 0, unchanged: 0, emptied: 0 }
  const digests: string[] = []
  const matched = new Map<string, number>()
  for await (const chunk of planDifferences(tx, changes, store ? planId : null)) {
    for (const key of ['accounts', 'granted', 'revoked', 'unchanged', 'emptied'] as const) sum[key] += chunk[key]
    digests.push(chunk.digest)
    for (const [id, count] of chunk.matched) matched.set(id, (matched.get(id) ?? 0) + count)
  }
  for (const [id, count] of await countGroups(tx)) matched.set(id, count)
  const losses = await findLosses(tx, planId)
  const hash = await hashPlan(tx, changes, { digests, losses })
  const conflicts = [...notes, ...(await findConflicts(tx, changes))]
  const { emptied, ...counts } = sum
  const findings = { changes: changes.map((change) => findingOf(change, matched)), conflicts, losses, emptied }
  return { hash, ...counts, findings }
}

function findingOf(change: MappingChange, matched: ReadonlyMap<string, number>): ChangeFinding {
  return { change, matches: change.after === null ? 0 : (matched.get(change.after.id) ?? 0) }
}

async function requireFew(tx: Tx): Promise<void> {
  const planned = await tx.query<{ count: number }>('select count(*) as count from planned_account')
  const { count } = onlyRow(planned)
  if (count > MAX_ACCOUNTS)
    throw conflict(`This affects ${count} accounts; at most ${MAX_ACCOUNTS} can be planned at once`)
}

async function countGroups(tx: Tx): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ id: string; count: number }>(
    `select mg.mapping_id as id, count(*) as count from planned_group mg
     join directory_group g on g.id = mg.group_id and g.state = 'ACTIVE' group by 1`,
  )
  return new Map(rows.map(({ id, count }) => [id, count]))
}
