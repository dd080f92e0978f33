import type pg from 'pg'
import { lockKey } from './advisory-lock.ts'
import { onlyRow } from './only-row.ts'

/** How often the holder of a lock says that it is there, and after how long a silence it is taken for gone. */
interface Patience {
  readonly pingMs: number
  readonly silenceMs: number
}

const PATIENCE: Patience = { pingMs: 5_000, silenceMs: 30_000 }

/**
 * Runs `work` while this process holds the named lock across all instances; returns null, without running it, if
 * another one holds it. The lock belongs to the connection, so it is free the moment the process is gone, and half a
 * minute after it was frozen or its host disappeared. `lost` is aborted when the connection breaks: another instance
 * may then begin, and later writes must tolerate that.
 */
export async function exclusively<Result>(
  pool: pg.Pool,
  name: string,
  work: (lost: AbortSignal) => Promise<Result>,
  { pingMs, silenceMs }: Patience = PATIENCE,
): Promise<Result | null> {
  const client = await pool.connect()
  const lost = new AbortController()
  const onError = (error: Error) => lost.abort(error)
  client.on('error', onError)
  let held = false
  let pinging: NodeJS.Timeout | undefined
  try {
    // PostgreSQL ends the session, and with it the lock, if nothing comes for too long.
    const tried = await client.query<{ held: boolean }>({
      name: 'try-exclusive',
      text: `
        select held, case when held then set_config('idle_session_timeout', $2, false) end
        from pg_try_advisory_lock(${lockKey('$1')}) as held`,
      values: [name, String(silenceMs)],
    })
    held = onlyRow(tried).held
    if (!held) return null
    pinging = setInterval(() => void client.query('select 1').catch(onError), pingMs)
    return await work(lost.signal)
  } finally {
    clearInterval(pinging)
    client.off('error', onError)
    client.release(held && !(await unlock(client, name)))
  }
}

/** Returns whether the lock is known to be free; if it is not, ending the connection frees it. */
async function unlock(client: pg.PoolClient, name: string): Promise<boolean> {
  try {
    const text = `select pg_advisory_unlock(${lockKey('$1')}), set_config('idle_session_timeout', '0', false)`
    await client.query(text, [name])
    return true
  } catch {
    return false // the connection is broken, and `lost` has been aborted
  }
}
