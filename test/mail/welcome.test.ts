import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueueMail } from '../../src/mail/queue-mail.ts'
import { startWelcomeMail, welcomeNext } from '../../src/mail/welcome-mail.ts'
import { Link, Opt, Upsert } from '../accounts/operations.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, directoryId, event, group, member, organizationId, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { startHarness } from '../pull/harness.ts'

const MINUTE = 60_000
const EMPTIED = [
  'mail',
  'stats',
  'change',
  'inbox_event',
  'membership',
  'directory_group',
  'directory_user',
  'sync_run',
  'directory',
]

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())
let names = 0
/** Somebody whom no other test knows. */
const somebody = (fields: Record<string, unknown> = {}) => user(`u${(names += 1)}`, fields)

beforeEach(async () => {
  for (const table of EMPTIED) await app.db.pool.query(`delete from ${table}`)
  await happen(event('dsync.activated', directory(), ago(50 * MINUTE)))
  await synced(40 * MINUTE)
  await look()
})

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
async function happen(...events: object[]): Promise<void> {
  for (const one of events) expect(await app.deliver(one)).toBe(200)
  await app.applied()
}
/** As if a traversal had ended so long ago, and everything before had been recorded then. */
async function synced(ms: number): Promise<void> {
  await app.db.pool.query(`update sync_run set state = 'SUCCEEDED', started_at = $1, finished_at = $1`, [
    new Date(Date.now() - ms),
  ])
  await app.db.pool.query('update change set recorded_at = occurred_at')
}
const options = () => ({
  db: app.db,
  settledMs: 0,
  most: 3,
  url: new URL('https://app.acme.example/'),
  queueMail: createQueueMail('Acme'),
  now: () => new Date(Date.now() + 1_000),
})
const look = () => welcomeNext(options())
const welcomed = async () =>
  (
    await app.db.pool.query<{ recipient: string }>(`select recipient from mail where kind = 'WELCOME' order by id`)
  ).rows.map(({ recipient }) => recipient)

test('who is first told of by a membership, without an address, is welcomed once they are told of whole', async () => {
  const ada = somebody({ first_name: 'Ada' })
  const { email: _, idp_id: _id, ...part } = ada
  await happen(event('dsync.group.user_added', member(group('ops'), part), ago(1_500)))
  await happen(event('dsync.user.created', ada, ago(2_000)))
  await look()
  await look()
  expect(await welcomed()).toEqual([ada.email])
})

test('who was provisioned just now is welcomed once, by name, with the way in', async () => {
  const ada = somebody({ first_name: 'Ada <3' })
  await happen(event('dsync.user.created', ada, ago(1_000)))
  await look()
  await look()
  expect(await welcomed()).toEqual([ada.email])
  const { rows } = await app.db.pool.query<{ text: string; html: string; subject: string }>(
    'select text, html, subject from mail',
  )
  expect(rows[0]!.subject).toBe('Your account at Acme')
  expect(rows[0]!.text).toContain('Hello Ada <3,')
  expect(rows[0]!.html).toContain('Hello Ada &#60;3,')
  expect(rows[0]!.html).toContain('href="https://app.acme.example/"')
  // Also once it is forgotten that she was.
  await app.db.pool.query('delete from mail')
  await look()
  expect(await welcomed()).toEqual([])
})

test('who has a blank name is greeted without one', async () => {
  const [blank, whole] = [somebody({ first_name: ' ', last_name: '', name: ' ' }), somebody({ first_name: '' })]
  await happen(event('dsync.user.created', blank, ago(1_000)), event('dsync.user.created', whole, ago(1_000)))
  await look()
  const { rows } = await app.db.pool.query<{ text: string }>(`select text from mail order by recipient = $1 desc`, [
    blank.email,
  ])
  expect(rows[0]!.text).toContain('Hello,')
  expect(rows[1]!.text).toContain(`Hello ${whole.name},`)
})

test('whoever a traversal brings is not welcomed, nor who came before the first one had ended', async () => {
  await happen(event('dsync.user.created', somebody(), ago(5 * MINUTE)))
  await app.db.pool.query(`update change set source = 'SYNC_RUN' where kind = 'DIRECTORY_USER_CREATED'`)
  await happen(event('dsync.user.created', somebody(), ago(41 * MINUTE)))
  await look()
  expect(await welcomed()).toEqual([])
  const ada = somebody()
  await happen(event('dsync.user.created', ada, ago(39 * MINUTE)))
  await look()
  expect(await welcomed()).toEqual([ada.email])
})

test('while a directory has never been traversed, nobody is welcomed', async () => {
  await app.db.pool.query(`update sync_run set state = 'RUNNING', finished_at = null`)
  await happen(event('dsync.user.created', somebody(), ago(1_000)))
  // A dry run brings nobody.
  await app.db.pool.query(
    `update sync_run set state = 'SUCCEEDED', finished_at = now() - interval '9 minutes', dry_run = true`,
  )
  await look()
  expect(await welcomed()).toEqual([])
})

test('a directory that was connected anew is imported anew: nobody is welcomed before its next traversal', async () => {
  await happen(event('dsync.deleted', directory(), ago(30 * MINUTE)))
  await happen(event('dsync.activated', directory(), ago(20 * MINUTE)))
  await app.db.pool.query(`update change set recorded_at = occurred_at`)
  await app.db.pool.query(`update sync_run set finished_at = coalesce(finished_at, now()), state = 'SUCCEEDED'`)
  await happen(event('dsync.user.created', somebody(), ago(15 * MINUTE)))
  await look()
  expect(await welcomed()).toEqual([])
  await app.db.pool.query(`insert into sync_run (id, directory_id, kind, state, dry_run, started_at, finished_at)
    values ('sync_run_next', '${directoryId}', 'BACKFILL', 'SUCCEEDED', false, now() - interval '12 minutes', now() - interval '10 minutes')`)
  const ada = somebody()
  await happen(event('dsync.user.created', ada, ago(5 * MINUTE)))
  await look()
  expect(await welcomed()).toEqual([ada.email])
})

test('a replay welcomes nobody', async () => {
  // Cannot be applied: the address is no text.
  const broken = event('dsync.user.created', somebody({ email: 7 }), ago(1_000))
  await happen(broken)
  const fixed = { ...broken, data: { ...broken.data, email: 'fixed@example.com' } }
  await app.db.pool.query('update inbox_event set body = $2 where id = $1', [
    broken.id,
    Buffer.from(JSON.stringify(fixed)),
  ])
  const replay = `mutation { replayEvents(input: { all: true }) { ... on EventBatch { count } } }`
  expect((await ask(app.url, key, replay)).data).toEqual({ replayEvents: { count: 1 } })
  await app.applied()
  const { rows } = await app.db.pool.query(`select source from change where kind = 'DIRECTORY_USER_CREATED'`)
  expect(rows).toEqual([{ source: 'WEBHOOK' }])
  await look()
  expect(await welcomed()).toEqual([])
})

test('what comes hours late, as after an outage, welcomes nobody', async () => {
  await app.db.pool.query(
    `update sync_run set finished_at = now() - interval '1 day', started_at = now() - interval '1 day'`,
  )
  await app.db.pool.query(`update change set recorded_at = recorded_at - interval '2 days'`)
  await happen(event('dsync.user.created', somebody(), ago(61 * MINUTE)))
  await look()
  expect(await welcomed()).toEqual([])
})

test('many newcomers at once are an import, and nobody of them is welcomed', async () => {
  await happen(...Array.from({ length: 4 }, () => event('dsync.user.created', somebody(), ago(1_000))))
  await look()
  expect(await welcomed()).toEqual([])
})

test('who has no address, is not active, or has left again is not welcomed', async () => {
  const gone = somebody()
  await happen(
    event('dsync.user.created', somebody({ email: null }), ago(3_000)),
    event('dsync.user.created', somebody({ state: 'inactive' }), ago(3_000)),
    event('dsync.user.created', gone, ago(3_000)),
    event('dsync.user.deleted', gone, ago(1_000)),
  )
  await app.db.pool.query('delete from stats')
  await happen(event('dsync.user.created', somebody({ email: 'a@example.com, b@example.com' }), ago(1_000)))
  await look()
  expect(await welcomed()).toEqual([])
})

test('somebody who is only named in a group is not welcomed once more by the event of their own', async () => {
  const ada = somebody()
  await happen(event('dsync.group.created', group('g'), ago(4_000)))
  await happen(event('dsync.group.user_added', member(group('g'), ada), ago(3_000)))
  await look()
  await happen(event('dsync.user.created', ada, ago(2_000)))
  await look()
  expect(await welcomed()).toEqual([ada.email])
})

test('who had an account already is not welcomed once more: hired again under another id, or linked to it', async () => {
  const ada = somebody()
  await happen(event('dsync.user.created', ada, ago(20_000)))
  await look()
  await happen(event('dsync.user.deleted', ada, ago(15_000)))
  await happen(event('dsync.user.created', { ...ada, id: `${ada.id}_again` }, ago(10_000)))
  await look()
  expect(await welcomed()).toEqual([ada.email])

  const [joining, linked] = [somebody(), somebody()]
  const users = [
    { externalId: 'joining', email: joining.email, emailVerified: true },
    { externalId: 'linked', email: 'other@example.com' },
  ]
  await query(app.url, key, Upsert, { organizationId, users })
  await query(app.url, key, Opt, { organizationId, linkByEmail: true })
  await happen(event('dsync.user.created', joining, ago(5_000)), event('dsync.user.created', linked, ago(5_000)))
  const identity = { directoryUserId: linked.id, externalId: 'linked' }
  expect(await query(app.url, key, Link, identity)).toMatchObject({ linkUser: { externalId: 'linked' } })
  const newcomer = somebody()
  await happen(event('dsync.user.created', newcomer, ago(5_000)))
  await app.db.pool.query('delete from stats')
  await look()
  expect(await welcomed()).toEqual([ada.email, newcomer.email])
  const { rows } = await app.db.pool.query(
    `select from mail m join directory_user u on m.key = 'welcome ' || u.account_id where m.recipient = $1`,
    [newcomer.email],
  )
  expect(rows).toHaveLength(1)
})

test('several instances welcome each once, and what is young waits until it shows what it belongs to', async () => {
  const people = [somebody(), somebody(), somebody()]
  await happen(...people.map((one) => event('dsync.user.created', one, ago(1_000))))
  await welcomeNext({ ...options(), settledMs: 10 * MINUTE })
  expect(await welcomed()).toEqual([])
  const closing = new AbortController()
  const errors: unknown[] = []
  const instances = Array.from({ length: 3 }, () =>
    startWelcomeMail({
      ...options(),
      intervalMs: 1,
      closing: closing.signal,
      onError: (error) => errors.push(error),
    }),
  )
  await Promise.all(Array.from({ length: 4 }, look)) // without the lock that keeps them apart
  await Promise.all(instances.map((one) => one.close()))
  expect(errors).toEqual([])
  expect((await welcomed()).sort()).toEqual(people.map(({ email }) => email).sort())
})

test('history before it was switched on is nobody’s news', async () => {
  await app.db.pool.query('delete from mail_follower')
  await happen(event('dsync.user.created', somebody(), ago(1_000)))
  await look()
  const ada = somebody()
  await happen(event('dsync.user.created', ada, ago(1_000)))
  await look()
  expect(await welcomed()).toEqual([ada.email])
})

test('a real backfill, a real reconcile and the Events API from its beginning welcome nobody; a hire after them is welcomed', async () => {
  const pull = await startHarness({ usersPerDirectory: 40, announces: true }, { env: { CATCH_UP_INTERVAL_MS: '50' } })
  try {
    const { pool } = pull.app.db
    const lookThere = () =>
      welcomeNext({ ...options(), db: pull.app.db, most: 1_000, now: () => new Date(Date.now() + 1_000) })
    await lookThere()
    await pull.backfilled()
    await pull.expectInStep()
    await lookThere()
    // What the Events API tells of the beginning has to come before the mirror's facts are made older than that.
    await until(async () => (await pull.list('select from catch_up where completed_at is not null')).length === 1)
    await pull.app.applied()
    // Or the resync would be given the run that the directory's own event has asked for, which may have read its pages.
    await until(async () => (await pull.list('select from sync_run where finished_at is null')).length === 0)
    await pull.age()
    await pool.query('delete from directory_user where id = $1', [pull.simulator.store.users()[0]!.id])
    await pull.resync()
    await lookThere()
    const found = await pull.list<{ source: string }>(
      `select distinct source from change where kind = 'DIRECTORY_USER_CREATED' order by 1`,
    )
    expect(found.map(({ source }) => source)).toContain('SYNC_RUN')
    expect((await pool.query('select from mail')).rowCount).toBe(0)
    pull.simulator.actions.hire({ directoryId: pull.directoryId, email: 'new@example.com' })
    await expect
      .poll(async () => (await lookThere(), (await pool.query('select recipient from mail')).rows), { timeout: 30_000 })
      .toEqual([{ recipient: 'new@example.com' }])
  } finally {
    await pull.close()
  }
})
