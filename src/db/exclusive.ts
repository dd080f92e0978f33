import type pg from 'pg'

/** Advisory locks share one number space with all others in the database: the seed keeps ours apart. */
export const LOCK_SEED = 7_264_551

/**
 * Runs `work` while this process holds the named lock across all instances; returns null, without running it, if
 * another one holds it. The lock belongs to the connection, so it is free the moment the process is gone. `lost` is
 * aborted when the connection breaks: another instance may then begin, and later writes must tolerate that.
 */
export async function exclusively<Result>(
  pool: pg.Pool,
  name: string,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result | null> {
  const client = await pool.connect()
  const lost = new AbortController()
  const onError = (error: Error) => lost.abort(error)
  client.on('error', onError)
  let held = false
  try {
    const { rows } = await client.query<{ held: boolean }>({
      name: 'try-exclusive',
      text: `select pg_try_advisory_lock(hashtextextended($1, ${LOCK_SEED})) as held`,
      values: [name],
    })
    held = rows[0]!.held
    return held ? await work(lost.signal) : null
  } finally {
    client.off('error', onError)
    client.release(held && !(await unlock(client, name)))
  }
}

/** Returns whether the lock is known to be free; if it is not, ending the connection frees it. */
async function unlock(client: pg.PoolClient, name: string): Promise<boolean> {
  try {
    await client.query(`select pg_advisory_unlock(hashtextextended($1, ${LOCK_SEED}))`, [name])
    return true
  } catch {
    return false // the connection is broken, and `lost` has been aborted
  }
}
