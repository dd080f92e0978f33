// A database that fails at a chosen statement.
import type pg from 'pg'
import type { Database } from '../../src/db/database.ts'

export type Fault = 'before' | 'after' | 'broken connection'

/** A database whose statement number `n`, `begin` and `commit` counted, fails or breaks the connection. */
export function faulty(db: Database, n: number, fault: Fault) {
  const state = { statements: 0, struck: null as string | null }
  const strike = async (run: () => Promise<unknown>, text: string, client: pg.PoolClient | null): Promise<unknown> => {
    state.statements += 1
    if (state.statements !== n) return run()
    state.struck = text
    if (fault === 'after') await run()
    if (fault === 'broken connection' && client !== null) {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      await db.pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      return run()
    }
    throw Object.assign(new Error('struck'), { code: '57P01' })
  }
  const textOf = (statement: unknown) =>
    typeof statement === 'string'
      ? statement
      : ((statement as { name?: string; text: string }).name ?? (statement as { text: string }).text)
  const pool = new Proxy(db.pool, {
    get(target, name) {
      if (name === 'query')
        return (...args: [never]) => strike(() => target.query(...args) as Promise<unknown>, textOf(args[0]), null)
      if (name !== 'connect') return Reflect.get(target, name, target) as unknown
      return async () => {
        const client = await target.connect()
        return new Proxy(client, {
          get(inner, key) {
            if (key === 'query') return (...args: [never]) => strike(() => inner.query(...args), textOf(args[0]), inner)
            const value: unknown = Reflect.get(inner, key, inner)
            return typeof value === 'function' ? (value.bind(inner) as unknown) : value
          },
        })
      }
    },
  })
  return { db: { ...db, pool }, state }
}
