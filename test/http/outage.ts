import pg from 'pg'
import type { TestApp } from '../support/app.ts'

/** Takes an app's database away for as long as `work` runs: connections break, and new ones are refused. */
export async function withoutDatabase<T>(
  { connectionString }: Pick<TestApp, 'connectionString'>,
  work: () => Promise<T>,
): Promise<T> {
  const name = /\/(\w+)\?/.exec(connectionString)![1]!
  const admin = new pg.Client({ connectionString: connectionString.replace(`/${name}?`, '/postgres?') })
  await admin.connect()
  try {
    await admin.query(`alter database ${name} with allow_connections false`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    return await work()
  } finally {
    await admin.query(`alter database ${name} with allow_connections true`)
    await admin.end()
  }
}
