import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { refusal } from '../support/mail-server.ts'
import { until } from '../support/until.ts'
import { stalled, startHarness, type Harness } from './harness.ts'

let shared: Harness
beforeAll(async () => {
  shared = await startHarness()
})
beforeEach(() => shared.empty())
afterAll(() => shared.close())

/** One that is unlike the others, for one test. */
async function another(...options: Parameters<typeof startHarness>): Promise<Harness> {
  const harness = await startHarness(...options)
  onTestFinished(() => harness.close())
  return harness
}

test('a mail arrives with its sender, its subject, a text and an HTML part, and a message id that follows from its key', async () => {
  const { queue, server, settled } = shared
  await queue(stalled('one', 'owner@acme.example', 'Okta of <Bolt & Co>', 'a\nBcc: eve@acme.example'))
  await settled()
  expect(server.received).toHaveLength(1)
  const { messageId, from, to, subject, source } = server.received[0]!
  expect({ from, to, subject }).toEqual({
    from: 'no-reply@acme.example',
    to: ['owner@acme.example'],
    subject: 'Acme: directory sync has stalled',
  })
  // sha256 of `one`
  expect(messageId).toBe('<7692c3ad3540bb803c020b3aee66cd8887123234@acme.example>')
  expect(source).toMatch(/^From: Acme <no-reply@acme.example>\r$/m)
  expect(source).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  expect(source).toContain('Content-Type: multipart/alternative')
  expect(source).toContain('- Okta of <Bolt & Co>')
  expect(source).toContain('<li>Okta of &#60;Bolt &#38; Co&#62;</li>')
  expect(source).toContain('- a Bcc: eve@acme.example')
})

test('a key stands for one mail, however often and by however many it is said', async () => {
  const { queue, server, settled, rows } = shared
  const ids = await Promise.all(Array.from({ length: 8 }, () => queue(stalled('same'))))
  expect(ids.filter((id) => id !== null)).toHaveLength(1)
  await settled()
  expect(await queue(stalled('same'))).toBeNull()
  expect(await rows()).toHaveLength(1)
  expect(server.received).toHaveLength(1)
})

test('what is rolled back was never mailed', async () => {
  const { db, mail, server, queue, settled, rows } = shared
  const undone = inTransaction(db.pool, async (tx) => {
    await mail.queue(tx, stalled('undone'))
    throw new Error('rolled back')
  })
  await expect(undone).rejects.toThrow('rolled back')
  await queue(stalled('done'))
  await settled()
  expect((await rows()).map(({ key }) => key)).toEqual(['done'])
  expect(server.received).toHaveLength(1)
})

test('a server that is busy is asked again later, until it takes the mail', async () => {
  const { queue, server, settled, rows, lines } = shared
  let times = 0
  server.setBefore(() => {
    times += 1
    if (times <= 2) throw refusal(451, 'owner@acme.example: come back later')
  })
  await queue(stalled('patient'))
  await settled()
  expect(server.received).toHaveLength(1)
  expect(await rows()).toMatchObject([{ status: 'SENT', attempts: 3, error: null }])
  expect(lines).toEqual([
    'deliver-mail failed at 1: The mail server did not accept it: EENVELOPE RCPT TO 451',
    'deliver-mail failed at 2: The mail server did not accept it: EENVELOPE RCPT TO 451',
    'STALLED SENT',
  ])
})

test('an address that the server refuses for good is given up at once, and the log does not name it', async () => {
  const { queue, server, settled, rows, lines, db } = shared
  server.setBefore((_stage, to) => {
    throw refusal(550, `${to} is unknown here`)
  })
  await queue(stalled('refused', 'nobody@acme.example'))
  await settled()
  expect(await rows()).toMatchObject([
    { status: 'FAILED', attempts: 1, error: expect.stringContaining('nobody@acme.example is unknown here') as string },
  ])
  expect(lines).toEqual(['STALLED FAILED The mail server did not accept it: EENVELOPE RCPT TO 550'])
  await until(async () => (await db.pool.query('select from graphile_worker.jobs')).rowCount === 0)
})

test('a server that is not there is waited for, and the mail is given up after the last attempt', async () => {
  const { queue, settled, rows, lines, db } = await another({ smtpUrl: 'smtp://127.0.0.1:9' })
  await queue(stalled('nowhere'))
  await db.pool.query('update graphile_worker._private_jobs set max_attempts = 3')
  await settled()
  expect(await rows()).toMatchObject([{ status: 'FAILED', attempts: 3, text: null }])
  expect(lines.at(-1)).toMatch(/^STALLED FAILED The mail server did not accept it: ESOCKET/)
})

test('without a mail server, mail is told by its kind alone, and can be read where it is kept', async () => {
  const { queue, settled, rows, lines } = await another({ smtpUrl: null, keepsContent: true })
  await queue(stalled('logged', 'owner@acme.example', 'Okta'))
  await settled()
  expect(await rows()).toMatchObject([{ status: 'LOGGED', text: expect.stringContaining('- Okta') as string }])
  expect(lines).toEqual(['STALLED LOGGED'])
})

test('of what was sent, only that it was sent is kept: it may have held a secret', async () => {
  const { queue, settled, rows } = shared
  await queue(stalled('sent'))
  expect((await rows())[0]!.html).toContain('<html')
  await settled()
  expect(await rows()).toMatchObject([{ status: 'SENT', text: null, html: null }])
})

test('a mail is sent once also where the connection that held its lock breaks while the server takes it', async () => {
  const { db, queue, server, settled, rows } = shared
  let broken = 0
  server.setBefore(async (stage) => {
    if (stage !== 'DATA') return
    const { rowCount } = await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    )
    broken += rowCount ?? 0
  })
  await queue(stalled('broken'))
  await settled()
  await until(async () => (await db.pool.query('select from graphile_worker.jobs')).rowCount === 0)
  expect(broken).toBe(1)
  expect(server.received).toHaveLength(1)
  expect(await rows()).toMatchObject([{ status: 'SENT', attempts: 1 }])
})

test('who has lost its job to another does not send the mail beside it', async () => {
  const { db, queue, server, settled, rows, lines } = shared
  const taking = Promise.withResolvers<void>()
  const take = Promise.withResolvers<void>()
  server.setBefore(async (stage) => {
    if (stage !== 'DATA') return
    taking.resolve()
    await take.promise
  })
  await queue(stalled('contended'))
  await taking.promise
  // As if its process were thought dead: the job is had by somebody else too.
  await db.pool.query(`select graphile_worker.force_unlock_workers(array_agg(locked_by)) from graphile_worker.jobs`)
  await until(async () => lines.some((line) => line.includes('Another process is sending this mail')))
  take.resolve()
  await settled()
  expect(server.received).toHaveLength(1)
  expect(await rows()).toMatchObject([{ status: 'SENT', attempts: 1 }])
})
