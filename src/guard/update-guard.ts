import type { Why } from '../changes/draft-change.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { inTransaction } from '../db/transaction.ts'
import type { GuardUpdate } from '../operations/guard-operations.ts'

interface Own {
  readonly minimum: number | null
  readonly percent: number | null
}

const NAMES = ['minimum', 'percent'] as const

/** Gives a directory thresholds of its own for the guard, from the next check on. */
export async function updateGuard(db: Database, directoryId: string, update: GuardUpdate, why: Why): Promise<void> {
  await inTransaction(db.pool, async (tx) => {
    await lockDirectory(tx, directoryId) // the guard decides under it
    const { rows } = await tx.query<Own & { organizationId: string | null }>(
      `select organization_id as "organizationId", guard_minimum as minimum, guard_percent as percent
       from directory where id = $1`,
      [directoryId],
    )
    if (rows[0] === undefined) return
    const { organizationId, ...before } = rows[0]
    const { minimum = before.minimum, percent = before.percent } = update
    const after: Own = { minimum, percent }
    const changedFields = NAMES.filter((name) => before[name] !== after[name])
    if (changedFields.length === 0) return
    await tx.query('update directory set guard_minimum = $2, guard_percent = $3 where id = $1', [
      directoryId,
      minimum,
      percent,
    ])
    const previous = Object.fromEntries(changedFields.map((name) => [name, before[name]]))
    const act = { kind: 'GUARD_UPDATED', organizationId, changedFields, previous, detail: { ...after } } as const
    await tellAct(tx, { ...why, directoryId }, act)
  })
}
