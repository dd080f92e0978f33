// A simulated WorkOS, a server that pulls from it, and the comparison of both.
import { expect } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'
import type { Queryable } from '../../src/db/database.ts'
import { createRunOperations } from '../../src/pull/manage-runs.ts'
import type { SyncRun } from '../../src/pull/run-context.ts'
import { requestRun } from '../../src/sync/request-run.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

export interface Harness {
  readonly simulator: Simulator
  readonly app: TestApp
  /** The first directory. */
  readonly directoryId: string
  list<Row>(text: string, ...values: unknown[]): Promise<Row[]>
  /** The run once it has ended or waits for approval. */
  finished(runId: string): Promise<SyncRun>
  /** Waits for the first run, a backfill. */
  backfilled(): Promise<SyncRun>
  /** A run of the first directory, or of another one. */
  resync(dryRun?: boolean, directoryId?: string): Promise<SyncRun>
  /** How many people are active in the mirror. */
  alive(): Promise<number>
  /** Sixty people of the first directory leave at once. */
  massLeaving(): void
  /** As if the facts of the mirror were a minute old: a snapshot is no newer than what happened within its second. */
  age(): Promise<void>
  expectInStep(): Promise<void>
  /**
   * For the next test: no run is under way any more, and who has left is back, at WorkOS and, a minute ago, in the
   * mirror.
   */
  recover(): Promise<void>
  close(): Promise<void>
}

const PULLING = {
  SYNC_CONCURRENCY: '1',
  DIRECTORY_POLL_MS: '100',
  RECONCILE_INTERVAL_MS: '0',
  DIRECTORY_USERS_PER_SECOND: '0',
  SYNC_RETRY_MS: '20',
}

/** The mirror of the company that startHarness has where it is not told otherwise, as its backfill has left it. */
let filled: Promise<string> | null = null

async function fill(): Promise<string> {
  const { connectionString } = await createTestDatabase()
  const first = await startHarness({}, { connectionString })
  await first.backfilled()
  await first.age()
  await first.close()
  return /\/(test_\w+)\?/.exec(connectionString)![1]!
}

/** A harness of one's own after its backfill, with facts that are a minute old. */
export async function startFilled(env: Readonly<Record<string, string>> = {}): Promise<Harness> {
  const { connectionString, drop } = await createTestDatabase(await (filled ??= fill()))
  const harness = await startHarness({}, { env, connectionString })
  return {
    ...harness,
    async close() {
      await harness.close()
      await drop()
    },
  }
}

export async function startHarness(
  seed: SimulatorOptions = {},
  { env, ...options }: TestAppOptions = {},
): Promise<Harness> {
  const simulator = await createSimulator({
    apiKey: 'sk_test',
    directories: 1,
    usersPerDirectory: 230,
    rateLimits: false,
    announces: false,
    ...seed,
  })
  const app = await startTestApp({ workosUrl: simulator.url, env: { ...PULLING, ...env }, ...options })
  const { pool, prisma } = app.db
  const directoryId = simulator.store.directories()[0]!.object.id

  const list = async <Row>(text: string, ...values: unknown[]) =>
    (await pool.query<Row & object>(text, values)).rows as Row[]

  async function finished(id: string): Promise<SyncRun> {
    const find = () => prisma.syncRun.findUniqueOrThrow({ where: { id } })
    await until(async () => {
      const { finishedAt, state } = await find()
      return finishedAt !== null || state === 'AWAITING_APPROVAL'
    }, 60_000)
    return find()
  }

  async function age(): Promise<void> {
    await pool.query(`update membership set fact_at = fact_at - interval '1 minute'`)
    for (const table of ['directory_user', 'directory_group', 'directory']) await pool.query(AGE(table))
  }

  const resync = async (dryRun = false, id = directoryId) =>
    finished(await requestRun(pool, { directoryId: id, kind: 'RESYNC', dryRun }))

  return {
    simulator,
    app,
    directoryId,
    list,
    finished,
    async backfilled() {
      await until(async () => (await list('select from sync_run')).length > 0)
      const [first] = await list<{ id: string }>('select id from sync_run order by created_at limit 1')
      const run = await finished(first!.id)
      expect(run).toMatchObject({ state: 'SUCCEEDED', kind: 'BACKFILL', error: null })
      return run
    },
    resync,
    alive: () => prisma.directoryUser.count({ where: { state: 'ACTIVE' } }),
    massLeaving() {
      const leavers = simulator.store.users(directoryId).slice(0, 60)
      for (const { id } of leavers) simulator.actions.offboard({ userId: id })
    },
    age,
    expectInStep: () => expectInStep(pool, simulator),
    async recover() {
      simulator.faults.clear()
      const runs = createRunOperations({ db: app.db, now: () => new Date(), nudge() {} })
      for (const { id } of await prisma.syncRun.findMany({ where: { finishedAt: null } })) await runs.cancel(id, 'test')
      await until(async () => (await prisma.syncRun.count({ where: { finishedAt: null } })) === 0)
      await age()
      const gone = simulator.store.departed()
      for (const { user } of gone) simulator.actions.rehire({ userId: user.id, sameId: true })
      for (const id of new Set(gone.map(({ user }) => user.directory_id)))
        expect(await resync(false, id)).toMatchObject({ state: 'SUCCEEDED', error: null })
      if (gone.length > 0) await age()
    },
    async close() {
      await app.close()
      await simulator.close()
    },
  }
}

// Who was taken away by a run has that of an overlay: two runs within a second may be told to have begun in either
// order.
const AGE = (table: string) => `
  update ${table}
  set fact_at = fact_at - interval '1 minute',
      overlay = (
        select jsonb_agg(jsonb_build_array((o ->> 0)::numeric - 60000, o -> 1, o -> 2) order by n)
        from jsonb_array_elements(overlay) with ordinality as entries (o, n)
      )`

/** The people, groups and memberships that readers see are those that WorkOS has. */
export async function expectInStep(db: Queryable, { store }: Simulator): Promise<void> {
  const rows = async (text: string) => (await db.query<{ row: string }>(text)).rows.map(({ row }) => row)
  const users = await rows(
    `select id || ' ' || state || ' ' || coalesce(name, '') || ' ' || coalesce(email, '') as row
     from directory_user where state in ('ACTIVE', 'INACTIVE') order by id`,
  )
  const theirs = store
    .users()
    .map(({ id, state, name, email }) => `${id} ${state.toUpperCase()} ${name ?? ''} ${email ?? ''}`)
  expect(users).toEqual(theirs.sort())
  const groups = await rows(`select id || ' ' || name as row from directory_group where state = 'ACTIVE' order by id`)
  expect(groups).toEqual(
    store
      .groups()
      .map(({ id, name }) => `${id} ${name}`)
      .sort(),
  )
  const edges = await rows(`select group_id || ' ' || user_id as row from membership where visible order by 1`)
  expect(edges).toEqual(
    store
      .groups()
      .flatMap((group) => store.members(group.id).map((user) => `${group.id} ${user.id}`))
      .sort(),
  )
}
