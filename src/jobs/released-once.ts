import type pg from 'pg'

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: pg.PoolClient['release'],
) => void

/**
 * A pool for graphile-worker, which may release its listening client twice: if the connection breaks while it stops,
 * both paths wait for its UNLISTEN. The second time `pg` throws where nothing catches it, which would end the process
 * (graphile-worker 0.17.3, listenForChanges in main.js).
 */
export function releasedOnce(pool: pg.Pool): pg.Pool {
  function connect(connected?: Connected): Promise<pg.PoolClient> | void {
    if (connected === undefined) return pool.connect()
    pool.connect((error, client, release) => connected(error, client, once(release)))
  }
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') return connect
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function once(release: pg.PoolClient['release']): pg.PoolClient['release'] {
  let isReleased = false
  return (error) => {
    if (isReleased) return
    isReleased = true
    release(error)
  }
}
