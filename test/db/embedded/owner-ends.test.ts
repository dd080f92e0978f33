import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { clusterFolder, gone, isRunning, scratchFolder, start } from './left-behind.ts'
import { type Owner, spawnOwner } from './owner-process.ts'
import { query } from './query.ts'
import { serversOn } from './servers-on.ts'

vi.setConfig({ testTimeout: process.env.LONG_TESTS === '1' ? 300_000 : 30_000 })

const KILLS = process.env.LONG_TESTS === '1' ? 60 : 5
const BOUND = 5000 // a clean shutdown takes some 40 ms, but the machine may be busy

const scratch = scratchFolder()
const dir = clusterFolder(join(scratch, 'owned'))

/** Inserts numbers from `next` on, one statement each, until the connection breaks; gives those acknowledged. */
async function insertUntilBroken(url: string, next: () => number): Promise<number[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // the server ends under it, which is the point
  const acknowledged: number[] = []
  try {
    await client.connect()
  } catch {
    return acknowledged // it ended before
  }
  for (;;) {
    const n = next()
    try {
      await client.query('insert into ledger values ($1)', [n])
      acknowledged.push(n)
    } catch {
      return acknowledged // the connection broke
    }
  }
}

test(`after each of ${KILLS} SIGKILLs the server is gone, and every acknowledged row is there`, async () => {
  let last = 0
  const acknowledged: number[] = []
  for (let round = 0; round < KILLS; round++) {
    const owner = spawnOwner(dir)
    const { pid, url } = await owner.started
    await query(url, 'create table if not exists ledger (n int primary key)')
    const inserts = [1, 2, 3].map(() => insertUntilBroken(url, () => ++last))
    await sleep(30 + ((round * 71) % 200))
    owner.process.kill('SIGKILL')
    expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
    acknowledged.push(...(await Promise.all(inserts)).flat())
  }
  const server = await start(dir, {})
  const rows = await query<{ n: number }>(server.url('postgres'), 'select n from ledger')
  await server.stop()
  const there = new Set(rows.map(({ n }) => n))
  expect(acknowledged.length).toBeGreaterThan(KILLS * 5)
  expect(acknowledged.filter((n) => !there.has(n))).toEqual([])
})

describe('the server ends with its process after', () => {
  const ends: [string, (owner: Owner) => void][] = [
    ['SIGINT', ({ process }) => process.kill('SIGINT')],
    ['SIGTERM', ({ process }) => process.kill('SIGTERM')],
    ['process.exit', ({ process }) => process.send('exit')],
    ['an uncaught exception', ({ process }) => process.send('throw')],
  ]
  test.each(ends)('%s', async (_name, end) => {
    const owner = spawnOwner(dir)
    const { pid } = await owner.started
    end(owner)
    await once(owner.process, 'exit')
    expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
  })

  test('SIGKILL while a statement runs and a transaction is open', async () => {
    const owner = spawnOwner(dir)
    const { pid, url } = await owner.started
    const statement = query(url, 'begin; create table lost (n int); select pg_sleep(60)')
    const running = `select from pg_stat_activity where pid <> pg_backend_pid() and query like '%pg_sleep(60)'`
    await expect.poll(() => query(url, running), { timeout: BOUND, interval: 5 }).toHaveLength(1)
    owner.process.kill('SIGKILL')
    await expect(statement).rejects.toThrow('terminat')
    expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
    const server = await start(dir)
    expect(await query(server.url('postgres'), `select to_regclass('lost') as lost`)).toEqual([{ lost: null }])
    await server.stop()
  })

  test('SIGKILL while the server starts', async () => {
    for (let round = 0; round < 4; round++) {
      const owner = spawnOwner(dir)
      const [pid] = await firstServerOn(dir)
      await sleep(round * 8)
      owner.process.kill('SIGKILL')
      expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
      // What it has just forked still has its command line, and hears of its end a moment later.
      await expect.poll(() => serversOn(dir), { timeout: BOUND, interval: 5 }).toEqual([])
    }
  })
})

async function firstServerOn(folder: string): Promise<[number]> {
  for (;;) {
    const [pid] = serversOn(folder)
    if (pid !== undefined) return [pid]
    await sleep(2)
  }
}

test('a Ctrl+C that the process survives is none of the server’s business', async () => {
  const owner = spawnOwner(dir)
  const { pid, url } = await owner.started
  owner.process.send('carry on')
  const survived = once(owner.process, 'message')
  await sleep(50) // until the order has arrived
  process.kill(-owner.process.pid!, 'SIGINT')
  await survived
  await sleep(50)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  owner.process.kill('SIGKILL')
  expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
})

test('a process that has nothing left to do ends, though its server runs', async () => {
  const owner = spawnOwner(dir)
  const { pid } = await owner.started
  expect(isRunning(pid)).toBe(true)
  owner.process.send('idle')
  await once(owner.process, 'exit')
  expect(await gone(pid, BOUND)).toBeLessThan(BOUND)
})
