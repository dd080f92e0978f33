import type pg from 'pg'

/** Advisory locks share one number space with everybody else's on the database: the seed keeps ours apart. */
export const LOCK_SEED = 7_264_551

/**
 * Does `work` while this process holds the lock of that name over all instances; null, without doing it, where another
 * one holds it. The lock is the connection's: it is free the moment that the process is gone. `lost` is aborted when
 * the connection breaks, since somebody else may then begin: what is written after it has to bear that.
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

/** Gives whether the lock is known to be free; where it is not, ending the connection frees it. */
async function unlock(client: pg.PoolClient, name: string): Promise<boolean> {
  try {
    await client.query(`select pg_advisory_unlock(hashtextextended($1, ${LOCK_SEED}))`, [name])
    return true
  } catch {
    return false // the connection is broken, and whoever worked on it has been told by `lost`
  }
}
