import { lockKey } from './advisory-lock.ts'
import type { Tx } from './database.ts'
import { onlyRow } from './only-row.ts'

interface TryOptions {
  /** The most directories to lock. */
  readonly limit?: number
  /** Whether the transaction's later statements use generic plans: for those that find all their rows by key. */
  readonly plannedOnce?: boolean
}

/**
 * Locks those of the directories that no other transaction has locked, in the given order, until the transaction ends.
 * Never waits.
 */
export async function tryLockDirectories(
  tx: Tx,
  ids: readonly string[],
  { limit = ids.length, plannedOnce = false }: TryOptions = {},
): Promise<string[]> {
  if (ids.length === 0) return []
  const values = [ids, limit, plannedOnce ? 'force_generic_plan' : 'auto']
  return onlyRow(await tx.query<{ ids: string[] }>({ name: 'try-lock-directories', text: TRY, values })).ids
}

/**
 * What tryLockDirectories last locked in this transaction, as SQL: for statements that are sent before its answer
 * arrives.
 */
export const LOCKED = `nullif(current_setting('rollcall.locked', true), '')::text[]`

// Work on locked directories finds rows one by one, by key. Plans live as long as their connection: those made while
// tables were small, or before their first analysis, would use sequential scans forever. And if PostgreSQL before 18
// cannot avoid a disabled scan, it thinks it so expensive that compiling pays.
const BY_KEYS = `set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`

// With a limit, the scan tries one lock after another and stops at the last one it needs.
const TRY = `
  with locked as materialized (
    select array(
      select id from unnest($1::text[]) as id where pg_try_advisory_xact_lock(${lockKey('id')}) limit $2
    ) as ids
  )
  select ids, set_config('rollcall.locked', ids::text, true), ${BY_KEYS}, set_config('plan_cache_mode', $3, true) from locked`

/**
 * Plans each later statement for its values, in a transaction that uses generic plans: for statements whose best plan
 * depends on how much there is.
 */
export async function planForValues(tx: Tx): Promise<void> {
  await tx.query('set local plan_cache_mode = auto')
}

/**
 * Locks directories until the transaction ends, in the order of their ids, so that transactions waiting for several do
 * not deadlock.
 */
export async function lockDirectories(tx: Tx, ids: readonly string[]): Promise<void> {
  const text = `select pg_advisory_xact_lock(${lockKey('id')}), ${BY_KEYS}
                from (select distinct id collate "C" as id from unnest($1::text[]) as id order by 1) as sorted`
  await tx.query({ name: 'lock-directories', text, values: [ids] })
}

/** Locks one directory until the transaction ends. Waits for its holder. */
export async function lockDirectory(tx: Tx, id: string): Promise<void> {
  const text = `select pg_advisory_xact_lock(${lockKey('$1')}), ${BY_KEYS}`
  await tx.query({ name: 'lock-directory', text, values: [id] })
}
