// Migrations survive whatever ends the process that applies them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrationList } from '../../src/db/migration-list.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const script = fileURLToPath(new URL('../../scripts/migrate.ts', import.meta.url))
const names = migrationList().migrationDirectories.map(({ path }) => path)

let connectionString: string
let drop: () => Promise<void>
let client: pg.Client
beforeEach(async () => {
  ;({ connectionString, drop } = await createTestDatabase('template0'))
  client = new pg.Client({ connectionString })
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await drop()
})

/** The migrations that were begun, and how many of them were finished. */
async function progress(): Promise<{ begun: number; finished: number }> {
  const { rows } = await client
    .query<{ begun: number; finished: number }>(
      'select count(*)::int as begun, count(finished_at)::int as finished from _prisma_migrations',
    )
    .catch(() => ({ rows: [] }))
  return rows[0] ?? { begun: 0, finished: 0 }
}

async function shapeOf(database: pg.Client): Promise<unknown> {
  const { rows } = await database.query(`
    select table_name || '.' || column_name || ' ' || data_type as what from information_schema.columns where table_schema = 'public'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select e.enumlabel from pg_enum e
    order by 1`)
  return rows
}

async function shapeOfMigrated(): Promise<unknown> {
  const migrated = await createTestDatabase()
  const other = new pg.Client({ connectionString: migrated.connectionString })
  await other.connect()
  try {
    return await shapeOf(other)
  } finally {
    await other.end()
    await migrated.drop()
  }
}

test.for([1, 12, 30])(
  'whoever is killed while migration %i is applied leaves what the next start completes',
  { timeout: 60_000 },
  async (number) => {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, DATABASE_URL: connectionString },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    // The first look that finds one begun and not finished: in the midst of its statements, or before or after them.
    await until(async () => {
      const { begun, finished } = await progress()
      return (begun >= number && begun > finished) || finished === names.length
    })
    child.kill('SIGKILL')
    await ended
    const again = await migrate(connectionString)
    expect(again.length).toBeGreaterThan(0)
    expect(await progress()).toEqual({ begun: names.length, finished: names.length })
    expect(await shapeOf(client)).toEqual(await shapeOfMigrated())
  },
)

test(
  'a migration that failed leaves nothing, and is applied once what kept it is gone',
  { timeout: 60_000 },
  async () => {
    await client.query(`
    create schema obstacle;
    create function obstacle.refuse() returns event_trigger language plpgsql as $$ begin raise exception 'no index now'; end $$;
    create event trigger refuse on ddl_command_start when tag in ('CREATE INDEX') execute function obstacle.refuse()`)
    await expect(migrate(connectionString)).rejects.toThrow(/no index now/)
    const { rows } = await client.query(`select tablename from pg_tables where schemaname = 'public'`)
    expect(rows).toEqual([{ tablename: '_prisma_migrations' }])
    await client.query('drop event trigger refuse')
    expect(await migrate(connectionString)).toEqual(names)
    expect(await migrate(connectionString)).toEqual([])
  },
)
