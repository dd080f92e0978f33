// What is decided about the run that the guard holds in a directory. `tx` must have locked it.
import { ringBell } from '../changes/ring-bell.ts'
import type { Tx } from '../db/database.ts'

/** Lets it carry on. Earlier removals were counted with it, and no longer count. Returns its id; null if none waits. */
export async function approveRun(tx: Tx, directoryId: string, actor: string): Promise<string | null> {
  return change(tx, APPROVE, directoryId, actor)
}

/** Ends it, so that it removes nothing. Returns its id; null if none waits. */
export async function rejectRun(tx: Tx, directoryId: string, at: Date): Promise<string | null> {
  const id = await change(tx, REJECT, directoryId, at)
  if (id !== null) await tx.query('delete from sync_run_deferral where run_id = $1', [id])
  return id
}

// A run that has moved on meanwhile is not what they meant.
async function change(tx: Tx, text: string, ...values: unknown[]): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(text, values)
  const id = rows[0]?.id ?? null
  if (id !== null) await ringBell(tx)
  return id
}

const AWAITS = `directory_id = $1 and state = 'AWAITING_APPROVAL' and finished_at is null`

const APPROVE = `
  with approved as (
    update sync_run set state = 'RUNNING', approved_by = $2 where ${AWAITS} returning id, directory_id
  ), forgotten as (
    update directory d set guard_since = now() from approved a where d.id = a.directory_id
  )
  select id from approved`

const REJECT = `update sync_run set state = 'CANCELLED', finished_at = $2 where ${AWAITS} returning id`
