import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { STEADY_MS } from '../../src/mail/episodes.ts'
import { startOwnerMail, tellOwner } from '../../src/mail/owner-mail.ts'
import { createQueueMail } from '../../src/mail/queue-mail.ts'
import { startHarness as startPull } from '../pull/harness.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'
import { startMailServer } from '../support/mail-server.ts'
import { until } from '../support/until.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  for (const id of ['a', 'b', 'c'])
    await app.deliver(event('dsync.activated', directory({ id: `directory_${id}`, name: `Okta ${id}` }), 1))
  await app.applied()
  await app.db.pool.query(`update sync_run set state = 'SUCCEEDED', finished_at = now()`)
})
afterAll(() => app.close())
beforeEach(async () => {
  for (const table of ['mail', 'episode', 'inbox_event', 'graphile_worker._private_jobs'])
    await app.db.pool.query(`delete from ${table}`)
  await sql(`update directory set state = 'ACTIVE', deleted_at = null`)
  await sql(`update catch_up set begun_at = now(), completed_at = now(), error = null`)
  clock = Date.UTC(2026, 0, 1)
})

const sql = (text: string) => app.db.pool.query(text)
const queueMail = createQueueMail('Acme')
let clock = 0
/** Looks once, so many seconds later. */
async function look(seconds = 30): Promise<void> {
  clock += seconds * 1000
  await tellOwner({ db: app.db, to: 'owner@acme.example', queueMail, now: () => new Date(clock) })
}
/** The mails so far: each its kind and its list. */
async function told(): Promise<string[]> {
  const { rows } = await app.db.pool.query<{ kind: string; text: string }>('select kind, text from mail order by id')
  return rows.map(({ kind, text }) => [kind, ...(text.match(/^- .*$/gm) ?? [])].join(' '))
}
const LINE = 'Okta a of org_test (directory_a)'
const STEADY_S = STEADY_MS / 1000

test('invalid credentials are told once, however often it is looked, and that they are valid again, once', async () => {
  await look()
  await sql(`update directory set state = 'INVALID_CREDENTIALS' where id = 'directory_a'`)
  for (let n = 0; n < 3; n += 1) await look()
  expect(await told()).toEqual([`CREDENTIALS_INVALID - ${LINE}`])
  await sql(`update directory set state = 'VALIDATING' where id = 'directory_a'`)
  await look()
  expect(await told()).toHaveLength(1)
  await sql(`update directory set state = 'ACTIVE' where id = 'directory_a'`)
  for (let n = 0; n < 3; n += 1) await look()
  expect(await told()).toEqual([`CREDENTIALS_INVALID - ${LINE}`, `CREDENTIALS_VALID - ${LINE}`])
  await sql(`update directory set state = 'INVALID_CREDENTIALS' where id = 'directory_a'`)
  await look()
  expect(await told()).toHaveLength(3)
})

test('who comes to it later is told in a mail of their own', async () => {
  await sql(`update directory set state = 'INVALID_CREDENTIALS' where id = 'directory_a'`)
  await look()
  await sql(`update directory set state = 'INVALID_CREDENTIALS'`)
  await look()
  await look()
  expect(await told()).toEqual([
    `CREDENTIALS_INVALID - ${LINE}`,
    'CREDENTIALS_INVALID - Okta b of org_test (directory_b) - Okta c of org_test (directory_c)',
  ])
})

test('a directory that is validating for the first time, and one that was unlinked, have no news of credentials', async () => {
  await sql(`update directory set state = 'VALIDATING' where id = 'directory_a'`)
  await sql(`update directory set state = 'INVALID_CREDENTIALS' where id = 'directory_b'`)
  await look()
  await sql(`update directory set state = 'INACTIVE' where id = 'directory_b'`)
  await look()
  expect(await told()).toEqual(['CREDENTIALS_INVALID - Okta b of org_test (directory_b)'])
})

test('an Events API that stays unread is told once for all directories, and its return, when that lasts', async () => {
  await sql(`update catch_up set completed_at = '2026-01-01T10:20:00Z', error = 'WorkOS does not answer'`)
  await look()
  expect(await told()).toEqual([])
  await look(STEADY_S)
  await look()
  const stalled =
    'STALLED - All directories: the Events API was last read to its end at 2026-01-01 10:20 UTC (WorkOS does not answer)'
  expect(await told()).toEqual([stalled])
  await sql('update catch_up set completed_at = now(), error = null')
  await look(STEADY_S / 2)
  await sql(`update catch_up set completed_at = '2026-01-01T10:20:00Z'`)
  await look(STEADY_S / 2)
  await sql('update catch_up set completed_at = now(), error = null')
  await look(STEADY_S / 2)
  expect(await told()).toEqual([stalled])
  await look(STEADY_S)
  await look()
  expect((await told()).map((one) => one.split(' ')[0])).toEqual(['STALLED', 'RECOVERED'])
})

test('a directory whose events wait is told by its name, and what stalls at once is one mail', async () => {
  for (const id of ['a', 'b'])
    await sql(`insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at)
               values ('event_${id}', 'dsync.user.updated', 'directory_${id}', 'WEBHOOK', 'PENDING', '', now(), now() - interval '61 seconds')`)
  await look()
  await look(STEADY_S)
  expect(await told()).toEqual([
    expect.stringMatching(
      /^STALLED - Okta a of org_test \(directory_a\): 1 events wait, the oldest since \S+ \S+ UTC - Okta b of /,
    ) as string,
  ])
})

test('what was only there for a moment, as after a start, is not told, and neither is its end', async () => {
  await sql(`update catch_up set completed_at = now() - interval '1 day'`)
  await look()
  await sql('update catch_up set completed_at = now()')
  await look(STEADY_S + 1)
  await sql(`update catch_up set completed_at = now() - interval '1 day'`)
  await look(86_400)
  expect(await told()).toEqual([])
})

test('a run that waits for approval is told once for each trip, and once that it waits no more', async () => {
  const run = (id: string, state: string) =>
    sql(
      `insert into sync_run (id, directory_id, kind, state, dry_run, held) values ('sync_run_${id}', 'directory_c', 'RECONCILE', '${state}', false, 61)`,
    )
  await run('1', 'AWAITING_APPROVAL')
  await look()
  await look()
  expect(await told()).toEqual([
    'GUARD_TRIPPED - Okta c of org_test (directory_c): 61 removals of a sync run (sync_run_1)',
  ])
  await sql(`update sync_run set state = 'CANCELLED', finished_at = now() where id = 'sync_run_1'`)
  await look()
  await look()
  await run('2', 'AWAITING_APPROVAL')
  await look()
  expect((await told()).slice(1)).toEqual([
    'GUARD_DECIDED - Okta c of org_test (directory_c): 61 removals of a sync run (sync_run_1)',
    'GUARD_TRIPPED - Okta c of org_test (directory_c): 61 removals of a sync run (sync_run_2)',
  ])
  await sql(`update sync_run set state = 'CANCELLED', finished_at = now() where id = 'sync_run_2'`)
})

test.each(['approveHeldChanges', 'rejectHeldChanges'])(
  'events of a directory that the guard holds are told once, however many follow, and once that they wait no more, after %s',
  async (decide) => {
    const ids = Array.from({ length: 30 }, (_, n) => `${decide}_${n}`)
    const of = (id: string) => user(id, { directory_id: 'directory_b' })
    const tell = async (type: string, at: number, told: string[]) => {
      for (const id of told) await app.deliver(event(type, of(id), at))
      await app.applied()
    }
    await tell('dsync.user.created', 10, ids)
    await tell('dsync.user.deleted', 20, ids.slice(0, 25))
    await look()
    await look()
    await tell('dsync.user.deleted', 20, ids.slice(25))
    await look()
    expect(await told()).toEqual([
      expect.stringMatching(/^GUARD_TRIPPED - Okta b of org_test \(directory_b\): \d+ events, the oldest since /),
    ])
    const input = '(input: { directoryId: "directory_b" })'
    await ask(app.url, await app.key(), `mutation { ${decide}${input} { __typename } }`)
    await app.applied()
    await look()
    await look()
    expect((await told()).map((one) => one.split(' ')[0])).toEqual(['GUARD_TRIPPED', 'GUARD_DECIDED'])
  },
)

test('several instances that look at once tell once', async () => {
  await sql(`update directory set state = 'INVALID_CREDENTIALS'`)
  const closing = new AbortController()
  const errors: unknown[] = []
  const instances = Array.from({ length: 3 }, () =>
    startOwnerMail({
      db: app.db,
      intervalMs: 1,
      to: 'owner@acme.example',
      queueMail,
      now: () => new Date(),
      closing: closing.signal,
      onError: (error) => errors.push(error),
    }),
  )
  // And some without the lock that keeps them apart.
  await Promise.all(Array.from({ length: 4 }, () => look(0)))
  await Promise.all(instances.map((one) => one.close()))
  expect(errors).toEqual([])
  const lines = (await told()).flatMap((one) => one.match(/directory_[abc]/g) ?? [])
  expect(lines.sort()).toEqual(['directory_a', 'directory_b', 'directory_c'])
})

test('what is rolled back is told the next time', async () => {
  await sql(`update directory set state = 'INVALID_CREDENTIALS' where id = 'directory_a'`)
  const failing = tellOwner({
    db: app.db,
    to: 'owner@acme.example',
    queueMail: async (tx, mail) => {
      await queueMail(tx, mail)
      throw new Error('killed')
    },
    now: () => new Date(clock),
  })
  await expect(failing).rejects.toThrow('killed')
  expect(await told()).toEqual([])
  await look()
  expect(await told()).toEqual([`CREDENTIALS_INVALID - ${LINE}`])
  expect(await inTransaction(app.db.pool, (tx) => tx.query('select from graphile_worker.jobs'))).toMatchObject({
    rowCount: 1,
  })
})

test('an owner is mailed when the poll finds a state, once over two instances and a restart, and again when it is mended', async () => {
  const server = await startMailServer()
  const env = {
    OWNER_EMAIL: 'owner@acme.example',
    OWNER_CHECK_MS: '20',
    JOB_CONCURRENCY: '1',
    SMTP_URL: server.url,
    MAIL_FROM: 'Acme <no-reply@acme.example>',
    PUBLIC_URL: 'https://rollcall.example',
  }
  const pull = await startPull({ usersPerDirectory: 3 }, { env })
  const second = await startTestApp({ connectionString: pull.app.connectionString, env })
  onTestFinished(async () => {
    await pull.close()
    await server.close()
  })
  await pull.backfilled()
  const { directoryId, simulator } = pull
  simulator.actions.changeDirectory({ directoryId, state: 'invalid_credentials' })
  await until(async () => server.received.length === 1, 60_000)
  await second.close()
  const third = await startTestApp({ connectionString: pull.app.connectionString, env })
  simulator.actions.changeDirectory({ directoryId, state: 'linked' })
  await until(async () => server.received.length === 2, 60_000)
  await third.close()
  expect(server.received.map(({ subject, to }) => [subject, to])).toEqual([
    [`Acme: WorkOS cannot sign in to a customer's directory`, ['owner@acme.example']],
    [`Acme: WorkOS can sign in to a customer's directory again`, ['owner@acme.example']],
  ])
  expect(server.received[0]!.source).toContain(directoryId)
  expect(JSON.stringify(pull.app.lines)).not.toContain('owner@acme.example')
})
