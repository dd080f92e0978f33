import type { Tx } from './database.ts'
import { LOCK_SEED } from './exclusive.ts'

export interface TryOptions {
  /** How many to lock at the most. */
  readonly limit?: number
  /**
   * Whether what follows is planned at its first time and for all values: for those who find all that they touch by its
   * key.
   */
  readonly plannedOnce?: boolean
}

/**
 * Locks those of the directories that nobody else has locked, the first ones first, until the transaction ends. Never
 * waits.
 */
export async function tryLockDirectories(
  tx: Tx,
  ids: readonly string[],
  { limit = ids.length, plannedOnce = false }: TryOptions = {},
): Promise<string[]> {
  if (ids.length === 0) return []
  const values = [ids, limit, plannedOnce ? 'force_generic_plan' : 'auto']
  const { rows } = await tx.query<{ ids: string[] }>({ name: 'try-lock-directories', text: TRY, values })
  return rows[0]!.ids
}

/**
 * What the transaction has locked by tryLockDirectories last, as SQL: for statements that are sent before its answer is
 * there.
 */
export const LOCKED = `nullif(current_setting('rollcall.locked', true), '')::text[]`

// What is locked is worked on row by row, found by keys. Statements stay planned for as long as their connection lives:
// those planned while tables were small, or before their first analysis, would read them whole for ever. And where
// PostgreSQL before 18 cannot do without a scan that is off, it believes it so dear that compiling pays.
const BY_KEYS = `set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`

// A scan with a limit tries lock after lock, and none after the last that it needs.
const TRY = `
  with locked as materialized (
    select array(
      select id from unnest($1::text[]) as id where pg_try_advisory_xact_lock(hashtextextended(id, ${LOCK_SEED})) limit $2
    ) as ids
  )
  select ids, set_config('rollcall.locked', ids::text, true), ${BY_KEYS}, set_config('plan_cache_mode', $3, true) from locked`

/**
 * For what depends on how much of something there is, in a transaction whose statements are planned once: from now on
 * each is planned for its values.
 */
export async function planForValues(tx: Tx): Promise<void> {
  await tx.query('set local plan_cache_mode = auto')
}

/**
 * Locks directories until the transaction ends, in the order of their ids: who waits for several does not wait in a
 * circle.
 */
export async function lockDirectories(tx: Tx, ids: readonly string[]): Promise<void> {
  const text = `select pg_advisory_xact_lock(hashtextextended(id, ${LOCK_SEED})), ${BY_KEYS}
                from (select distinct id collate "C" as id from unnest($1::text[]) as id order by 1) as sorted`
  await tx.query({ name: 'lock-directories', text, values: [ids] })
}

/** Locks one directory until the transaction ends. Waits for whoever works on it. */
export async function lockDirectory(tx: Tx, id: string): Promise<void> {
  const text = `select pg_advisory_xact_lock(hashtextextended($1, ${LOCK_SEED})), ${BY_KEYS}`
  await tx.query({ name: 'lock-directory', text, values: [id] })
}
