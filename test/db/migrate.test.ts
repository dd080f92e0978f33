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
import { waitingLocks } from '../support/waiting-locks.ts'

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

/** Has the migration after `done` finished ones wait before its first statement, until the test's lock is released. */
async function holdAfter(done: number): Promise<void> {
  await client.query(`
    create schema obstacle;
    create function obstacle.hold() returns event_trigger language plpgsql as $$
    declare finished int;
    begin
      if to_regclass('public._prisma_migrations') is null then return; end if;
      select count(finished_at) into finished from public._prisma_migrations;
      if finished = ${done} then perform pg_advisory_xact_lock(${HOLD}); end if;
    end $$;
    create event trigger hold on ddl_command_start execute function obstacle.hold();
    select pg_advisory_lock(${HOLD})`)
}
const HOLD = 4_711
const HELD = `locktype = 'advisory' and objid = ${HOLD}`

test.for([
  [0, 'goes on with it'],
  [11, 'stops it'],
  [29, 'goes on with it'],
] as const)(
  'whoever is killed after %i migrations, in the midst of the next, leaves what the next start completes, where PostgreSQL %s',
  { timeout: 60_000 },
  async ([done, then]) => {
    await holdAfter(done)
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, DATABASE_URL: connectionString },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await until(async () => (await waitingLocks(client, HELD)) === 1)
    expect(await progress()).toEqual({ begun: done + 1, finished: done })
    child.kill('SIGKILL')
    await ended
    if (then === 'stops it')
      await client.query(`select pg_terminate_backend(pid) from pg_locks where not granted and ${HELD}`)
    const again = migrate(connectionString)
    await client.query(`select pg_advisory_unlock(${HOLD})`)
    expect(await again).toEqual(names.slice(then === 'stops it' ? done : done + 1))
    expect(await progress()).toEqual({ begun: names.length, finished: names.length })
    await client.query('drop event trigger hold')
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
