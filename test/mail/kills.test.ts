import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createQueueMail } from '../../src/mail/queue-mail.ts'
import { createTestDatabase } from '../support/database.ts'
import { startMailServer } from '../support/mail-server.ts'
import { until } from '../support/until.ts'
import { stalled } from './harness.ts'

const LONG = process.env.LONG_TESTS === '1'
const KILLS = LONG ? 400 : 4
/** Mails that a worker sends at once: worker-process.ts. */
const CONCURRENCY = 4
const PATIENCE_MS = 60_000
vi.setConfig({ testTimeout: LONG ? 3_600_000 : 300_000 })

test('through SIGKILL after SIGKILL every mail arrives, and who counts message ids has each once', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 4, onIdleError: () => {} })
  const server = await startMailServer()
  const workers: ChildProcess[] = []
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => end(worker, 'SIGKILL')))
    await db.close()
    await server.close()
    await drop()
  })
  // A mail is under way for long enough to be killed at any moment of it.
  let underWay = 0
  let begun = Promise.withResolvers<void>()
  server.setBefore(async (stage) => {
    if (stage !== 'DATA') return
    underWay += 1
    begun.resolve()
    await sleep(20 + Math.random() * 40)
    underWay -= 1
  })
  const program = fileURLToPath(new URL('worker-process.ts', import.meta.url))
  const start = () => {
    const worker = spawn(process.execPath, [program, connectionString, server.url], { stdio: 'inherit' })
    workers.push(worker)
    return worker
  }

  const queue = createQueueMail('Acme')
  let calm = false
  let committed = 0
  const writing = (async () => {
    while (!calm) {
      await sleep(2)
      if (committed > server.received.length + 40) continue // who sends has enough to do
      await inTransaction(db.pool, (tx) => queue(tx, stalled(`mail ${committed}`)))
      committed += 1
    }
  })()
  const living = [start(), start()]
  let cutShort = 0
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = server.received.length
    await until(async () => server.received.length > before + 20, PATIENCE_MS)
    begun = Promise.withResolvers()
    await begun.promise
    await sleep(Math.random() * 60) // at any instruction from then on
    cutShort += underWay > 0 ? 1 : 0
    await end(living[kills % 2]!, 'SIGKILL')
    living[kills % 2] = start()
  }
  calm = true
  await writing

  const open = async () => (await db.pool.query(`select from mail where status <> 'SENT'`)).rowCount
  await until(async () => (await open()) === 0, PATIENCE_MS)
  for (const worker of living) await end(worker, 'SIGTERM')
  const arrived = Map.groupBy(server.received, ({ messageId }) => messageId)
  expect(arrived.size).toBe(committed)
  // A kill may come between the server's word and our commit, for each mail that was under way.
  const repeated = [...arrived.values()].filter((same) => same.length > 1)
  expect(server.received.length - committed).toBeLessThanOrEqual(KILLS * CONCURRENCY)
  for (const same of repeated) expect(new Set(same.map(({ source }) => bodyOf(source))).size).toBe(1)
  expect((await db.pool.query('select key, locked_by, last_error from graphile_worker.jobs')).rows).toEqual([])

  // Or else little was tried.
  expect(committed).toBeGreaterThan(KILLS * 20)
  expect(cutShort).toBeGreaterThan(KILLS / 4)
})

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const exited = once(worker, 'exit')
  worker.kill(signal)
  await exited
}

/** Without headers and the boundaries of parts, which nodemailer makes anew each time. */
const bodyOf = (source: string): string => source.slice(source.indexOf('\r\n\r\n')).replaceAll(/^--.*$/gm, '')
