import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApiKey } from '../../src/auth/api-key.ts'
import { createCursorSeal, type CursorSeal } from '../../src/changes/cursor.ts'
import { readCursorKey } from '../../src/changes/read.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { applied, deliver } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { directory, event } from '../support/events.ts'
import { asServerSentEvents, overWebSocket, type Transport } from '../support/live.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { historyOf, mirrorOf, readMirror } from './history.ts'

const LONG = process.env.LONG_TESTS === '1'
const MINUTES = LONG ? 30 : 0.05
vi.setConfig({ testTimeout: LONG ? 3_600_000 : 120_000 })

const DIRECTORIES = ['directory_a', 'directory_b', 'directory_c', 'directory_d']
const organizationOf = (directoryId: string) => directoryId.replace('directory', 'org')
const RETRY_MS = 20
/** Between two deliveries: servers that start need some of the machine, too. */
const REST_MS = LONG ? 0 : 20
const UNDER_WAY = 3 // deliveries of one directory at once, so that some overtake others

test('through SIGKILL after SIGKILL nothing acknowledged is lost, and cut subscribers see each change once and in order', async () => {
  const stage = await setStage()
  const writers = DIRECTORIES.map((id) => write(stage, id))
  const subscribers = (await wishes(stage.db)).map((wish) => follow(stage, wish))

  let kills = 0
  for (const end = Date.now() + MINUTES * 60_000; Date.now() < end || kills < 3; kills++) {
    await sleep(100 + Math.random() * 1_500) // at any instruction
    await stage.servers[kills % 2]!.revive()
  }
  stage.calm = true

  const acknowledged = (await Promise.all(writers)).flat()
  await applied(stage.db)
  expect(await missing(stage.db, acknowledged)).toEqual([])
  expect(await readMirror(stage.db)).toEqual(mirrorOf(acknowledged))
  for (const subscriber of subscribers) {
    const { name, where } = subscriber
    const wanted = await positions(stage.db, where)
    const seen = await subscriber.until(wanted.at(-1)!)
    expect({ name, seen }).toEqual({ name, seen: wanted })
  }

  // Or else little was tried.
  expect(acknowledged.length).toBeGreaterThan(kills * 20)
  expect(stage.refused).toBeGreaterThan(kills / 2)
  for (const subscriber of subscribers) expect(subscriber.breaks()).toBeGreaterThan(1)
  expect(await Promise.all(stage.servers.map((server) => server.end()))).toEqual([0, 0])
})

/** A server that is started again whenever it was killed. */
interface Revived {
  /** Where it is, or was before it was killed. */
  url(): string
  /** Kills it and starts it again. */
  revive(): Promise<void>
  /** Lets it end in peace, and gives its exit code. */
  end(): Promise<number | null>
}

type Event = ReturnType<typeof event>

interface Stage {
  readonly db: Database
  readonly seal: CursorSeal
  readonly servers: readonly Revived[]
  /** Nobody is killed or cut any more. */
  calm: boolean
  /** Deliveries that got no 2xx, and were made again. */
  refused: number
}

// The first change is there before anybody subscribes: what comes after it is what each has to see.
const FIRST = 1

async function setStage(): Promise<Stage> {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 4, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  const servers = await Promise.all([revived(connectionString), revived(connectionString)])
  expect(await deliver(servers[0].url(), event('dsync.activated', directory({ id: 'directory_first' }), 0))).toBe(200)
  await applied(db)
  return { db, seal: createCursorSeal(await readCursorKey(db.pool)), servers, calm: false, refused: 0 }
}

async function revived(connectionString: string): Promise<Revived> {
  let server: ServerProcess = await startServerProcess(connectionString)
  return {
    url: () => server.url,
    async revive() {
      await server.end('SIGKILL')
      server = await startServerProcess(connectionString)
    },
    end: () => server.end('SIGTERM'),
  }
}

const anyOf = <T>(things: readonly T[]): T => things[Math.floor(Math.random() * things.length)]!

/** Delivers the life of a directory, to whichever server, until all is calm; gives the events that got 2xx. */
async function write(stage: Stage, directoryId: string): Promise<Event[]> {
  const history = historyOf(directoryId, organizationOf(directoryId))
  const acknowledged: Event[] = []
  async function lane(): Promise<void> {
    while (!stage.calm) {
      const { value } = history.next() as { value: Event }
      while (!(await isAcknowledged(stage, value))) stage.refused += 1 // WorkOS delivers it again
      acknowledged.push(value)
      await sleep(REST_MS)
      if (Math.random() < 0.05) await isAcknowledged(stage, value) // and now and then twice
    }
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, lane))
  return acknowledged
}

async function isAcknowledged({ servers }: Stage, one: object): Promise<boolean> {
  try {
    const status = await deliver(anyOf(servers).url(), one)
    return status >= 200 && status < 300
  } catch {
    await sleep(RETRY_MS) // the server was killed
    return false
  }
}

interface Wish {
  readonly name: string
  readonly transport: Transport
  readonly key: string
  readonly filter: Record<string, string>
  /** The same in SQL. */
  readonly where: string
}

async function wishes(db: Database): Promise<Wish[]> {
  const key = async (organizationId: string | null) =>
    (await createApiKey(db.pool, { name: 'test', scopes: ['*'], organizationId, createdBy: 'test' })).secret
  const all = await key(null)
  return [
    { name: 'all over WebSocket', transport: overWebSocket, key: all, filter: {}, where: 'true' },
    { name: 'all as server-sent events', transport: asServerSentEvents, key: all, filter: {}, where: 'true' },
    {
      name: 'a directory over WebSocket',
      transport: overWebSocket,
      key: all,
      filter: { directoryId: 'directory_a' },
      where: `directory_id = 'directory_a'`,
    },
    {
      name: 'an organization as server-sent events',
      transport: asServerSentEvents,
      key: await key('org_b'),
      filter: {},
      where: `organization_id = 'org_b'`,
    },
  ]
}

const LIVE =
  'subscription ($after: String, $filter: ChangeFilter) { changes(after: $after, filter: $filter) { __typename cursor } }'

interface Follower extends Wish {
  /** How often a connection broke that had brought something. */
  breaks(): number
  /** The positions that were seen, once that one was; or those that were, where it does not come. */
  until(position: number): Promise<number[]>
}

const GAP = -1
const PATIENCE_MS = 30_000

/** Subscribes, is cut at any moment, and subscribes again after the last cursor that it has. */
function follow(stage: Stage, wish: Wish): Follower {
  const seen: number[] = []
  const enough = new AbortController()
  let last = stage.seal.seal({ position: FIRST })
  let wanted = Infinity
  let breaks = 0

  async function subscribe(url: string): Promise<void> {
    const operation = { query: LIVE, variables: { after: last, filter: wish.filter } }
    const live = wish.transport<{ changes: { __typename: string; cursor: string } }>(url, wish.key, operation)
    const cut = () => live.cut()
    const shears = setTimeout(() => stage.calm || cut(), Math.random() * 2_000)
    enough.signal.addEventListener('abort', cut)
    let left = anyOf([3, 30, 300, Infinity])
    try {
      for await (const { data, errors } of live) {
        if (data == null) throw new RefusalError(errors)
        last = data.changes.cursor
        seen.push(data.changes.__typename === 'DiscontinuityChange' ? GAP : stage.seal.open(last)!.position)
        if (seen.at(-1)! >= wanted) return enough.abort()
        if ((left -= 1) < 0 && !stage.calm) cut()
      }
    } finally {
      clearTimeout(shears)
      enough.signal.removeEventListener('abort', cut)
    }
  }

  async function run(): Promise<void> {
    while (!enough.signal.aborted) {
      const before = seen.length
      await subscribe(anyOf(stage.servers).url()).catch((error: unknown) => {
        if (error instanceof RefusalError) throw error
      })
      if (seen.length > before) breaks += 1
      else await sleep(RETRY_MS) // nobody answers there now
    }
  }

  const running = run()
  running.catch(() => {}) // until() tells
  return {
    ...wish,
    breaks: () => breaks,
    async until(position) {
      wanted = position
      if (seen.at(-1)! >= position) enough.abort()
      const impatience = setTimeout(() => enough.abort(), PATIENCE_MS)
      await running.finally(() => clearTimeout(impatience))
      return seen
    },
  }
}

class RefusalError extends Error {
  constructor(errors: unknown) {
    super(`The server refuses the subscription: ${JSON.stringify(errors)}`)
  }
}

async function positions({ pool }: Database, where: string): Promise<number[]> {
  const text = `select position from change where position > ${FIRST} and ${where} order by position`
  return (await pool.query<{ position: number }>(text)).rows.map(({ position }) => position)
}

/** The events that were acknowledged and are not there, or not done with. */
async function missing({ pool }: Database, acknowledged: readonly Event[]): Promise<string[]> {
  const text = `select id from inbox_event where status in ('APPLIED', 'STALE')`
  const done = new Set((await pool.query<{ id: string }>(text)).rows.map(({ id }) => id))
  return acknowledged.map(({ id }) => id).filter((id) => !done.has(id))
}
