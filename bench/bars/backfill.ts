import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bar, Bench } from '../bench.ts'
import { drained } from '../inbox.ts'
import { toRow, type Pair } from '../measure.ts'
import { watchPeakMemory } from '../peak-memory.ts'
import { startRollcall } from '../rollcall.ts'
import { startWorkos, type SimulatedWorkos } from '../simulated-workos.ts'

const USERS = 150_000
const EVENTS_PER_MINUTE = 120
const MEMORY_MB = 512
const PATIENCE_MS = 1_200_000

interface Figures {
  readonly rowsPerSecond: number
  readonly peakMB: number
}

/**
 * An unknown directory of 150,000 people with 450,000 memberships, read through WorkOS's API page by page while events
 * go on: rows of the mirror per second, against a COPY of the same rows into the same tables.
 */
export const backfill: Bar = {
  name: 'backfill',
  async run(bench) {
    const { postgres, quick } = bench
    const users = quick ? USERS / 10 : USERS
    let peak = 0
    const ours = async (): Promise<number> => {
      const database = await postgres.create()
      const figures = await fill(bench, database, users)
      peak = Math.max(peak, figures.peakMB)
      await keepRows(bench, database)
      await postgres.drop(database)
      bench.note(`filled ${Math.round(figures.rowsPerSecond)} rows/s with ${Math.round(figures.peakMB)} MB`)
      return figures.rowsPerSecond
    }
    const theirs = async (): Promise<number> => {
      const rate = await copyRows(bench)
      bench.note(`copied ${Math.round(rate)} rows/s`)
      return rate
    }
    // COPY needs rows that have been filled first.
    const first: Pair = [await ours(), await theirs()]
    const pairs = [first]
    if (!quick) {
      const theirsFirst = await theirs()
      pairs.push([await ours(), theirsFirst])
    }
    return [
      toRow({ name: 'backfill', rival: 'COPY FROM a file', goal: 0.2, better: 'greater', unit: 'rows/s' }, pairs),
      toRow({ name: 'backfill-memory', rival: `${MEMORY_MB} MB`, goal: 1, better: 'smaller', unit: 'MB' }, [
        [peak, MEMORY_MB],
      ]),
    ]
  },
}

async function fill(bench: Bench, database: string, users: number): Promise<Figures> {
  const { postgres, note } = bench
  await using workos = await startWorkos(users)
  await using server = await startRollcall(bench, database, {
    WORKOS_API_BASE_URL: workos.url,
    DIRECTORY_USERS_PER_SECOND: '0', // the simulator has no limits
  })
  const memory = watchPeakMemory(server.pid)
  try {
    await workos.comeAlive(server.url, EVENTS_PER_MINUTE)
    const run = await finished(bench, database)
    const peakMB = memory.megabytes()
    const events = await workos.rest()
    await drained(postgres, database)
    await mustBeComplete(bench, database, workos)
    const { applied } = (
      await postgres.query<{ applied: number }>(
        database,
        `select count(*)::int as applied from inbox_event where status = 'APPLIED'`,
      )
    )[0]!
    if (applied === 0) throw new Error('No event was applied meanwhile')
    note(
      `${run.rows} rows in ${Math.round(run.seconds)} s, while ${events} events happened and ${applied} were applied`,
    )
    return { rowsPerSecond: run.rows / run.seconds, peakMB }
  } finally {
    memory.close()
  }
}

interface Finished {
  readonly rows: number
  readonly seconds: number
}

async function finished({ postgres }: Bench, database: string): Promise<Finished> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(1_000)) {
    const [run] = await postgres.query<Finished & { state: string; error: string | null }>(database, RUN)
    if (run?.state === 'SUCCEEDED') return run
    if (run !== undefined && run.error !== null) throw new Error(`The backfill says: ${run.error}`)
  }
  throw new Error('The backfill did not end in time')
}

const RUN = `
  select state, error, users_seen + groups_seen + memberships_seen as rows,
         extract(epoch from finished_at - started_at)::float8 as seconds
  from sync_run order by created_at limit 1`

/** Checks every user, group and membership, one by one, against what WorkOS has now. */
async function mustBeComplete({ postgres }: Bench, database: string, workos: SimulatedWorkos): Promise<void> {
  const rows = <Row extends object>(text: string, values: unknown[] = []) => postgres.query<Row>(database, text, values)
  await mustEqual('user', await rows(PEOPLE), workos.users(), (user) => ({
    id: user.id,
    idp_id: user.idp_id,
    email: user.email,
    first_name: user.first_name,
    last_name: user.last_name,
    name: user.name,
    state: user.state.toUpperCase(),
    custom_attributes: user.custom_attributes,
    idp_roles: (user.roles ?? []).map(({ slug }) => slug),
    created_at: new Date(user.created_at),
    updated_at: new Date(user.updated_at),
  }))
  const groups = await rows<{ id: string }>(GROUPS)
  await mustEqual('group', groups, workos.groups(), ({ id, idp_id, name }) => ({ id, idp_id, name }))
  for (const { id } of groups)
    await mustEqual(`member of ${id}`, await rows(MEMBERS, [id]), workos.members(id), (user_id) => ({ user_id }))
}

async function mustEqual<Theirs>(
  what: string,
  ours: readonly object[],
  theirs: AsyncIterable<Theirs>,
  asRow: (object: Theirs) => object,
): Promise<void> {
  let n = 0
  for await (const object of theirs) {
    const [is, should] = [ours[n], asRow(object)]
    if (!isDeepStrictEqual({ ...is }, should))
      throw new Error(`A ${what} is ${JSON.stringify(is)}, and should be ${JSON.stringify(should)}`)
    n += 1
  }
  if (n !== ours.length) throw new Error(`There are ${n} of ${what}, and here ${ours.length}`)
}

const PEOPLE = `
  select id, idp_id, email, first_name, last_name, name, state::text, custom_attributes, idp_roles, created_at, updated_at
  from directory_user where state in ('ACTIVE', 'INACTIVE') order by id`
const GROUPS = `select id, idp_id, name from directory_group where state = 'ACTIVE' order by id`
const MEMBERS = `select user_id from membership where group_id = $1 and visible order by user_id`

const MIRROR = ['directory_group', 'directory_user', 'membership'] as const
/** Ours creates an account for each user meanwhile: the copy includes them too, but only the mirror's rows count. */
const TABLES = ['account', ...MIRROR] as const
const KEPT = ['organization', 'directory', ...TABLES]

const fileOf = ({ postgres }: Bench, table: string) => `'${postgres.host}/${table}.copy'`

/** Writes the rows where PostgreSQL can read them back. */
async function keepRows(bench: Bench, database: string): Promise<void> {
  for (const table of KEPT) await bench.postgres.query(database, `copy ${table} to ${fileOf(bench, table)}`)
}

/** Fills the same tables, with the same indexes and keys, by PostgreSQL itself. Returns rows per second. */
async function copyRows(bench: Bench): Promise<number> {
  const { postgres } = bench
  const database = await postgres.create()
  const copy = (table: string) => postgres.query(database, `copy ${table} from ${fileOf(bench, table)}`)
  await copy('organization')
  await copy('directory')
  const began = performance.now()
  for (const table of TABLES) await copy(table)
  const seconds = (performance.now() - began) / 1_000
  const counts = MIRROR.map((table) => `(select count(*)::int from ${table})`).join(' + ')
  const [found] = await postgres.query<{ rows: number }>(database, `select ${counts} as rows`)
  await postgres.drop(database)
  return found!.rows / seconds
}
