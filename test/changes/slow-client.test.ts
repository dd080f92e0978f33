import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createApiKey } from '../../src/auth/api-key.ts'
import { BELL } from '../../src/changes/append.ts'
import { createCursorSeal } from '../../src/changes/cursor.ts'
import { readClock, readCursorKey } from '../../src/changes/read.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { createTestDatabase } from '../support/database.ts'
import { asServerSentEvents, type Operation, openStream, overWebSocket } from '../support/live.ts'
import { startServerProcess } from '../support/server-process.ts'
import { range } from './change-log.ts'

vi.setConfig({ testTimeout: 120_000 })

const LONG = process.env.LONG_TESTS === '1'
const [CHANGES, BURST] = LONG ? [50_000, 5_000] : [10_000, 1_000]
const STALLED = 3 // of each transport
const MAX_GROWTH = 100 * 2 ** 20

// Large, so that the kernel's buffers, some 40 MB, soon are full: each client is owed 300 MB at the least.
const LARGE_ANSWERS = `
  subscription ($after: String!) {
    changes(after: $after) {
      __typename
      cursor
      ... on DirectoryUserChange { ${Array.from({ length: 30 }, (_, n) => `p${n}: previous`).join(' ')} }
    }
  }`
const OF_THE_OTHER =
  'subscription ($after: String!) { changes(after: $after, filter: { directoryUserId: "other" }) { __typename cursor } }'
interface Data {
  changes: { __typename: string; cursor: string }
}

test('clients that do not read cost the server no memory, hold nobody else up, and are told when they are too late', async () => {
  const { connectionString, db, key, open, after } = await prepare()
  const { url, pid } = await startServerProcess(connectionString, {
    FEED_MAX_LAG: String(BURST * 4),
    NODE_OPTIONS: '--max-old-space-size=192', // so that garbage is not taken for what is kept
  })
  const operation = { query: LARGE_ANSWERS, variables: { after } }
  for (let n = 0; n < STALLED; n++) {
    await stallSocket(url, key, operation)
    openStream(url, key, operation)
  }
  const late = asServerSentEvents<Data>(url, key, operation)
  const reader = overWebSocket<Data>(url, key, { query: OF_THE_OTHER, variables: { after } })
  const seen: number[] = []
  const readThrough = async (position: number) => {
    while ((seen.at(-1) ?? 0) < position) seen.push(open((await reader.next()).changes.cursor))
  }

  await sow(db, BURST)
  await Promise.all([readThrough(BURST), late.next()])
  const before = residentBytes(pid)
  while (seen.at(-1)! < CHANGES) {
    await sow(db, BURST)
    await readThrough(seen.at(-1)! + BURST)
  }
  expect(seen).toEqual(range(1, CHANGES / 10).map((n) => n * 10))
  expect(residentBytes(pid) - before).toBeLessThan(MAX_GROWTH)

  const heard = await untilGap(late)
  expect(heard.slice(0, -1)).toEqual(range(3, heard.length + 1))
  const { head } = await readClock(db.pool)
  expect(heard.at(-1)).toBe(head)
  await sow(db, 1)
  expect(open((await late.next()).changes.cursor)).toBe(head + 1)

  /** What it hears before it is told of a gap, and where it is told to go on. */
  async function untilGap(live: AsyncIterable<{ data?: Data | null }>): Promise<number[]> {
    const positions: number[] = []
    for await (const { data } of live) {
      positions.push(open(data!.changes.cursor))
      if (data!.changes.__typename === 'DiscontinuityChange') break
    }
    return positions
  }
})

async function prepare() {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 2, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  const wish = { name: 'test', scopes: ['*'], organizationId: null, createdBy: 'test' }
  const { secret: key } = await createApiKey(db.pool, wish)
  const seal = createCursorSeal(await readCursorKey(db.pool))
  await sow(db, 1) // after which everybody subscribes
  return {
    connectionString,
    db,
    key,
    open: (cursor: string) => seal.open(cursor)!.position,
    after: seal.seal({ position: 1 }),
  }
}

/** Subscribes, and reads nothing any more once the server has taken it on. */
async function stallSocket(url: string, key: string, operation: Operation): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: operation }))
  socket.pause()
}

/** Appends so many changes of 1 kB, as a batch does; each tenth is of another user. */
async function sow({ pool }: Database, count: number): Promise<void> {
  const text = `
    with clock as (
      update change_clock set position = position + $1 returning position
    ), sown as (
      insert into change (position, kind, directory_id, user_id, previous, source, occurred_at)
      select p, 'DIRECTORY_USER_UPDATED', 'directory_test', case when p % 10 = 0 then 'other' else 'user' end,
             jsonb_build_object('name', repeat('x', 1000)), 'WEBHOOK', now()
      from clock, generate_series(position - $1 + 1, position) p
    )
    select pg_notify('${BELL}', '') from clock`
  await pool.query(text, [count])
}

function residentBytes(pid: number): number {
  if (process.platform !== 'linux') return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]))
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}
