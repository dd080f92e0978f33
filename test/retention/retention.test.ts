import { afterAll, beforeAll, expect, test } from 'vitest'
import { forget } from '../../src/retention/retention.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { overWebSocket } from '../support/live.ts'

const DAY = 86_400_000
const NEVER = { tombstoneMs: 0, payloadMs: 0, changeMs: 0 }

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
  for (const one of told) await app.deliver(one)
  await app.applied()
})
afterAll(() => app.close())

/** Forgets as if it were so many days after the deletions, which are of June 2026. */
const forgetOn = (day: number, kept: Partial<typeof NEVER>) =>
  forget(
    { db: app.db, ...NEVER, ...kept, now: () => new Date(Date.parse('2026-06-25T00:00:05.000Z') + day * DAY) },
    () => false,
  )
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
  await forgetOn(91, { tombstoneMs: 90 * DAY })
  expect(await rows('select id, state from directory_user order by id')).toEqual([{ id: bob.id, state: 'ACTIVE' }])
  expect(await rows(`select from membership where user_id = '${ada.id}'`)).toEqual([])
  expect(
    await rows(`select kind, user_id, source, changed_fields, previous from change where position > ${head!.position}`),
  ).toEqual([
    { kind: 'DIRECTORY_USER_PURGED', user_id: ada.id, source: 'RETENTION', changed_fields: [], previous: null },
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
    `{ directoryUser(id: "${ada.id}") { id } changes(last: 1) { nodes { source ... on DirectoryUserChange { kind directoryUserId directoryUser { id } } } } }`,
  )
  expect(data).toEqual({
    directoryUser: null,
    changes: { nodes: [{ source: 'RETENTION', kind: 'PURGED', directoryUserId: ada.id, directoryUser: null }] },
  })
})

test('payloads go after their time, and what waits to be applied does not', async () => {
  await app.db.pool.query(
    `update inbox_event set status = 'PENDING', next_attempt_at = now() + interval '1 day' where type = 'dsync.activated'`,
  )
  await forgetOn(100_000, { payloadMs: 90 * DAY })
  expect(await rows('select type from inbox_event')).toEqual([{ type: 'dsync.activated' }])
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
