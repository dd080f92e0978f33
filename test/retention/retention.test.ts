import { afterAll, beforeAll, expect, test } from 'vitest'
import { forget } from '../../src/retention/retention.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { overWebSocket } from '../support/live.ts'

const DAY = 86_400_000
const NEVER = { tombstoneMs: 0, payloadMs: 0, changeMs: 0, deliveryMs: 0, mailMs: 0 }

let app: TestApp
let key: string
const [ada, bob, ops] = [user('ada'), user('bob'), group('ops')]
beforeAll(async () => {
  app = await startTestApp({ env: { RETENTION_INTERVAL_MS: '0' } })
  key = await app.key()
  const told = [
    event('dsync.activated', directory(), 1),
    event('dsync.user.created', ada, 2),
    event('dsync.user.created', bob, 2),
    event('dsync.group.created', ops, 2),
    event('dsync.group.user_added', member(ops, ada), 3),
    event('dsync.user.updated', { ...ada, first_name: 'Ada', last_name: 'Lovelace' }, 4),
    event('dsync.user.deleted', ada, 5),
    event('dsync.user.deleted', bob, 6),
    event('dsync.user.created', bob, 7),
  ]
  for (const one of told) {
    await app.deliver(one)
    await app.applied()
  }
})
afterAll(() => app.close())

/** So many days after the deletions, which are of June 2026. */
const daysLater = (days: number) => new Date(Date.parse('2026-06-25T00:00:05.000Z') + days * DAY)
const forgetOn = (day: number, kept: Partial<typeof NEVER>) =>
  forget({ db: app.db, ...NEVER, ...kept, now: daysLater(day) }, () => false)
const rows = async <Row>(text: string) => (await app.db.pool.query<Row & object>(text)).rows as Row[]

test('with 0 nothing is ever forgotten, and nothing before its time', async () => {
  const before = await rows(
    'select (select count(*) from directory_user) u, (select count(*) from inbox_event) e, (select count(*) from change) c',
  )
  await forgetOn(100_000, {})
  await forgetOn(89, { tombstoneMs: 90 * DAY })
  expect(
    await rows(
      'select (select count(*) from directory_user) u, (select count(*) from inbox_event) e, (select count(*) from change) c',
    ),
  ).toEqual(before)
})

test('a tombstone goes after its time with its memberships, the log says PURGED, and keeps no personal data of it', async () => {
  const [head] = await rows<{ position: number }>('select position from change_clock')
  const byRetention = { source: 'RETENTION', occurred_at: daysLater(91), changed_fields: [], previous: null }
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await rows('select id, state from directory_user order by id')).toEqual([{ id: bob.id, state: 'ACTIVE' }])
  expect(await rows(`select from membership where user_id = '${ada.id}'`)).toEqual([])
  expect(
    await rows(
      `select kind, user_id, source, occurred_at, changed_fields, previous from change where position > ${head!.position}`,
    ),
  ).toEqual([
    { kind: 'DIRECTORY_USER_PURGED', user_id: ada.id, ...byRetention },
    { kind: 'USER_DELETED', user_id: null, ...byRetention },
  ])
  expect(await rows(`select from change where user_id = '${ada.id}' and previous is not null`)).toEqual([])
  expect(
    await rows(
      `select changed_fields::text from change where user_id = '${ada.id}' and kind = 'DIRECTORY_USER_UPDATED'`,
    ),
  ).toHaveLength(1)
  const { data } = await ask<{ directoryUser: unknown; changes: { nodes: unknown[] } }, object>(
    app.url,
    key,
    `{ directoryUser(id: "${ada.id}") { id } changes(last: 1, filter: { kinds: [DIRECTORY_USER_PURGED] }) { nodes { source ... on DirectoryUserChange { kind directoryUserId directoryUser { id } } } } }`,
  )
  expect(data).toEqual({
    directoryUser: null,
    changes: { nodes: [{ source: 'RETENTION', kind: 'PURGED', directoryUserId: ada.id, directoryUser: null }] },
  })
})

test('payloads go after their time, and what waits to be applied does not; of what had failed, the log says so', async () => {
  for (const id of ['ben', 'cyd']) await app.deliver(event('dsync.user.created', { ...user(id), state: 7 }, 8))
  await app.deliver(event('dsync.user.updated', { ...user('dan'), directory_id: 7 }, 8))
  await app.applied()
  await app.db.pool.query(
    `update inbox_event set status = 'PENDING', next_attempt_at = now() + interval '1 day' where type = 'dsync.activated'`,
  )
  await forgetOn(100_000, { payloadMs: 90 * DAY })
  expect(await rows('select type from inbox_event')).toEqual([{ type: 'dsync.activated' }])
  const { data } = await ask(
    app.url,
    key,
    `{ changes(last: 2, filter: { kinds: [EVENTS_DISCARDED] }) {
         nodes { source actor occurredAt directory { id } ... on EventsChange { count reason } } } }`,
  )
  const reason = 'They had failed, and their retention period ended'
  const change = { source: 'RETENTION', actor: null, occurredAt: daysLater(100_000).toISOString(), reason }
  expect(data).toEqual({
    changes: {
      nodes: [
        { ...change, directory: null, count: 1 },
        { ...change, directory: { id: directoryId }, count: 2 },
      ],
    },
  })
})

test('a subscriber that goes on after a change that was forgotten is told of the gap, and follows on', async () => {
  const { data } = await ask<{ changes: { nodes: { cursor: string }[] } }, object>(
    app.url,
    key,
    '{ changes(first: 1) { nodes { cursor } } }',
  )
  const after = data!.changes.nodes[0]!.cursor
  await forgetOn(100_000, { changeMs: 90 * DAY })
  expect(await rows('select position from change')).toEqual([])
  expect(await rows('select purged_through = position as whole from change_clock')).toEqual([{ whole: true }])
  const live = overWebSocket<{ changes: { __typename: string } }>(app.url, key, {
    query: 'subscription ($after: String!) { changes(after: $after) { __typename } }',
    variables: { after },
  })
  expect(await live.next()).toEqual({ changes: { __typename: 'DiscontinuityChange' } })
  await app.deliver(event('dsync.user.created', user('eve'), 8))
  expect(await live.next()).toEqual({ changes: { __typename: 'DirectoryUserChange' } })
})

test('thousands are forgotten in transactions of bounded size, and only as far as they are old', async () => {
  await app.db.pool.query(
    `insert into directory_user (id, directory_id, idp_id, emails, state, active, custom_attributes, raw_attributes, idp_roles,
       created_at, updated_at, deleted_at, sort_name, sort_email, search_text)
     select 'directory_user_gone' || n, $1, '', '[]', 'DELETED', true, '{}', '{}', '{}', now(), now(),
       case when n <= 1200 then '2020-01-01'::timestamptz else now() end, '', '', ''
     from generate_series(1, 1300) n`,
    [directoryId],
  )
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await rows(`select count(*)::int from directory_user where state = 'DELETED'`)).toEqual([{ count: 100 }])
  expect(await rows(`select count(*)::int from change where kind = 'DIRECTORY_USER_PURGED'`)).toEqual([{ count: 1200 }])
  await app.db.pool.query(
    `update change set recorded_at = '2020-01-01' where position <= (select min(position) + 1049 from change)`,
  )
  const [before] = await rows<{ count: number }>('select count(*)::int from change')
  await forgetOn(91, { changeMs: 90 * DAY })
  expect(await rows('select count(*)::int from change')).toEqual([{ count: before!.count - 1050 }])
})

test('of whom only an end of a membership has told, nothing is kept either', async () => {
  await app.deliver(event('dsync.group.user_removed', member(group('ops'), user('zed')), 9))
  const state = () => rows(`select state from directory_user where id = 'directory_user_zed'`)
  await expect.poll(state).toEqual([{ state: 'UNSEEN' }])
  await forgetOn(89, { tombstoneMs: 90 * DAY })
  expect(await rows(`select from directory_user where id = 'directory_user_zed'`)).toHaveLength(1)
  const told = await rows('select from change')
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await rows(`select from directory_user where id = 'directory_user_zed'`)).toEqual([])
  expect(await rows(`select from membership where user_id = 'directory_user_zed'`)).toEqual([])
  expect(await rows('select from change')).toEqual(told)
})

test('who comes back after the tombstone is gone is let in again by the account that they had', async () => {
  await app.db.pool.query(`
    update organization set link_by_email = true where id = 'org_test';
    insert into account (id, organization_id, external_id, email, email_verified, state, provisioned, sort_name, sort_email, search_text)
    values ('account_fay', 'org_test', 'u-fay', 'fay@example.com', true, 'ACTIVE', false, '', 'fay@example.com', '')`)
  const seen = () =>
    rows(`select state, disabled_by as by from account where id = 'account_fay'`) as Promise<{ state: string }[]>
  await app.deliver(event('dsync.user.created', user('fay'), 2))
  await expect.poll(() => rows(`select from directory_user where account_id = 'account_fay'`)).toHaveLength(1)
  await app.deliver(event('dsync.user.deleted', user('fay'), 3))
  await expect.poll(seen).toEqual([{ state: 'INACTIVE', by: null }])
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await seen()).toEqual([{ state: 'INACTIVE', by: 'retention' }])
  await app.deliver(event('dsync.user.created', user('fay-again', { email: 'fay@example.com' }), 20))
  await expect.poll(seen).toEqual([{ state: 'ACTIVE', by: null }])
})

test('reasons for roles that ended are kept as long as changes are, and then go, in chunks', async () => {
  await app.db.pool.query(`
    insert into role_grant_past (account_id, role_id, kind, mapping_id, group_id, directory_user_id, granted_at, since, until)
    select 'account_' || n, 'role', 'DIRECT', '', '', '', '2020-01-01', '2020-01-01', case when n > 1 then '2020-02-01'::timestamptz else '2026-09-01' end
    from generate_series(1, 1102) n`)
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await rows('select from role_grant_past')).toHaveLength(1102)
  await forgetOn(91, { changeMs: 90 * DAY })
  expect(await rows('select account_id from role_grant_past')).toEqual([{ account_id: 'account_1' }])
})

test('mail that is done with, invitations that ended and episodes that are over go after their time, and nothing that is open', async () => {
  const day = (n: number) => `timestamptz '2026-06-25Z' + interval '${n} days'`
  await app.db.pool.query(`
    insert into mail (id, kind, key, recipient, subject, status, finished_at) values
      ('old', 'WELCOME', 'old', 'a@example.com', '', 'SENT', ${day(0)}), ('given up', 'WELCOME', 'given up', '', '', 'FAILED', ${day(0)}),
      ('young', 'WELCOME', 'young', '', '', 'SENT', ${day(50)}), ('waits', 'WELCOME', 'waits', '', '', 'PENDING', null);
    insert into setup_invitation (id, organization_id, email, intent, token_hash, mail_id, created_by, created_at, expires_at, revoked_at) values
      ('expired', 'org_test', '', 'DSYNC', '1', 'old', '', ${day(-30)}, ${day(0)}, null),
      ('revoked', 'org_test', '', 'DSYNC', '2', null, '', ${day(-1)}, ${day(300)}, ${day(0)}),
      ('good', 'org_test', '', 'DSYNC', '3', 'given up', '', ${day(-1)}, ${day(300)}, null);
    insert into episode (id, kind, subject, detail, first_seen_at, last_seen_at, ended_at) values
      ('over', 'STALLED', 'system', '', ${day(0)}, ${day(0)}, ${day(0)}),
      ('open', 'STALLED', 'system', '', ${day(0)}, ${day(0)}, null)`)
  await forgetOn(100_000, {})
  expect(await rows('select id from mail')).toHaveLength(4)
  await forgetOn(91, { mailMs: 90 * DAY })
  expect(await rows('select id from mail order by id')).toEqual([{ id: 'waits' }, { id: 'young' }])
  expect(await rows('select id, mail_id from setup_invitation')).toEqual([{ id: 'good', mail_id: null }])
  expect(await rows('select id from episode')).toEqual([{ id: 'open' }])
})
