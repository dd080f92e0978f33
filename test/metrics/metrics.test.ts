// What happens is told at /metrics: each series is followed through what it is there for.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, directoryId, event, group, user } from '../support/events.ts'
import { connectSocket } from '../support/live.ts'
import { send } from '../http/send.ts'
import { scrape, type Scrape } from './scrape.ts'

let simulator: Simulator
let app: TestApp
let key: string
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', directories: 1, usersPerDirectory: 3, announces: false })
  app = await startTestApp({ workosUrl: simulator.url, env: { WEBHOOK_MAX_BODY_BYTES: '100000' } })
  key = await app.key()
})
afterAll(async () => {
  await app.close()
  await simulator.close()
})

const now = () => scrape(app.url, key)
/** By how much each of the series grew. */
async function growth(act: () => Promise<unknown>) {
  const before = await now()
  await act()
  const after = await now()
  const grown: Scrape['value'] = (name, labels) => after.value(name, labels) - before.value(name, labels)
  return { grown, before, after }
}

test('events are counted by type and by what became of them; names that are not known are one', async () => {
  const created = event('dsync.user.created', user('ada'), 1)
  const { grown, after } = await growth(async () => {
    await app.deliver(event('dsync.activated', directory(), 0))
    await app.deliver(created)
    await app.deliver(created)
    await app.deliver(event('dsync.user.updated', user('ada', { job_title: 'late' }), 3))
    await app.applied()
    await app.deliver(event('dsync.user.updated', user('ada', { job_title: 'early' }), 2))
    await app.deliver(event('dsync.user.updated', user('ada', { email: 5 }), 4))
    await app.deliver(event('dsync.unheard_of', { directory_id: directoryId }, 1))
    await app.deliver(event('made.up', {}, 1))
    await app.applied()
  })
  const events = (type: string, outcome: string) => grown('rollcall_events_total', { type, outcome })
  expect(events('dsync.user.created', 'received')).toBe(1)
  expect(events('dsync.user.created', 'duplicate')).toBe(1)
  expect(events('dsync.user.created', 'applied')).toBe(1)
  expect(events('dsync.user.updated', 'received')).toBe(3)
  expect(events('dsync.user.updated', 'applied')).toBe(1)
  expect(events('dsync.user.updated', 'stale')).toBe(1)
  expect(events('dsync.user.updated', 'failed')).toBe(1)
  expect(events('other', 'received')).toBe(2)
  expect(events('other', 'ignored')).toBe(2)
  expect(after.text).not.toContain('made.up')
  expect(grown('rollcall_event_latency_seconds_count')).toBe(3)
  expect(grown('rollcall_apply_duration_seconds_count')).toBeGreaterThanOrEqual(2)
  expect(grown('rollcall_changes_total', { kind: 'DIRECTORY_USER_CREATED' })).toBe(1)
  expect(grown('rollcall_changes_total', { kind: 'DIRECTORY_USER_UPDATED' })).toBe(1)
})

test('what was settled outside of a batch is counted too', async () => {
  // Thin, and WorkOS knows no such user.
  const thin = { directory_id: directoryId, directory_user_id: 'directory_user_none' }
  const gone = await growth(async () => {
    await app.deliver(event('dsync.user.created', thin, 5))
    await app.applied()
  })
  expect(gone.grown('rollcall_events_total', { type: 'dsync.user.created', outcome: 'ignored' })).toBe(1)
  expect(gone.grown('rollcall_workos_requests_total', { path: '/directory_users/{id}', status: '4xx' })).toBe(1)

  await app.db.pool.query(`
    create function refuse() returns trigger language plpgsql as $$
    begin
      if new.id = 'directory_user_bad' then raise exception 'refused' using errcode = '23514'; end if;
      return new;
    end $$;
    create trigger refuse before insert or update on directory_user for each row execute function refuse()`)
  const bad = await growth(async () => {
    await app.deliver(event('dsync.user.created', user('bad'), 6, 'event_bad'))
    await expect
      .poll(async () => (await now()).value('rollcall_apply_failures_total'), { timeout: 10_000 })
      .toBeGreaterThan(0)
    await app.db.pool.query(`update inbox_event set attempts = 7, next_attempt_at = null where id = 'event_bad'`)
    await app.applied()
  })
  // Once or more by itself, and once for the last time.
  expect(bad.grown('rollcall_apply_failures_total')).toBeGreaterThanOrEqual(2)
  expect(bad.grown('rollcall_events_total', { type: 'dsync.user.created', outcome: 'failed' })).toBe(1)
  await app.db.pool.query('drop trigger refuse on directory_user')
})

test('deliveries are counted by how they ended', async () => {
  const post = (headers: Record<string, string>, body: string) =>
    send(`${app.url}/webhooks/workos`, { method: 'POST', headers }, body)
  const once = event('dsync.group.created', group('staff'), 7)
  const { grown } = await growth(async () => {
    await app.deliver(once)
    await app.deliver(once)
    await post({ 'workos-signature': 't=1, v1=00' }, '{}')
    await post({}, '{}')
    await post({}, 'x'.repeat(100_001))
    await app.applied()
  })
  const deliveries = (outcome: string) => grown('rollcall_webhook_deliveries_total', { outcome })
  expect(deliveries('stored')).toBe(1)
  expect(deliveries('duplicate')).toBe(1)
  expect(deliveries('not_signed')).toBe(2)
  expect(deliveries('too_large')).toBe(1)
})

const Link = graphql(`
  mutation MetricsLink($organizationId: ID!) {
    generatePortalLink(input: { organizationId: $organizationId, intent: DSYNC }) {
      __typename
    }
  }
`)

test('calls of WorkOS are counted by path and class of status, and 429 by itself', async () => {
  const organizationId = simulator.store.directories()[0]!.object.organization_id
  simulator.faults.set({ rateLimited: { count: 1 } })
  const { grown, after } = await growth(async () => {
    const { generatePortalLink: made } = await query(app.url, key, Link, { organizationId })
    expect(made.__typename).toBe('PortalLink')
  })
  const path = '/portal/generate_link'
  expect(grown('rollcall_workos_requests_total', { path, status: '4xx' })).toBe(1)
  expect(grown('rollcall_workos_requests_total', { path, status: '2xx' })).toBe(1)
  expect(grown('rollcall_workos_rate_limited_total', { path })).toBe(1)
  expect(after.value('rollcall_workos_rate_limited_total')).toBe(1)
})

test('calls that WorkOS does not answer are counted too', async () => {
  const alone = await startTestApp() // where nobody is
  onTestFinished(() => alone.close())
  const secret = await alone.key()
  await ask(alone.url, secret, Link, { organizationId: 'org_any' })
  const told = await scrape(alone.url, secret)
  expect(
    told.value('rollcall_workos_requests_total', { path: '/portal/generate_link', status: 'none' }),
  ).toBeGreaterThan(0)
  expect(told.series('rollcall_workos_requests_total', { status: '2xx' })).toEqual([])
})

test('operations are counted by how they ended, over HTTP with their time, and over WebSocket', async () => {
  const { grown } = await growth(async () => {
    await ask(app.url, key, '{ viewer { id } }')
    await ask(app.url, key, '{ nonsense }')
    await ask(app.url, key, '{ viewer {')
    await ask(app.url, 'rck_wrong', '{ viewer { id } }')
    await app.db.pool.query('alter table directory_group rename to directory_group_away')
    await ask(app.url, key, '{ directoryGroups { nodes { id } } }')
    await app.db.pool.query('alter table directory_group_away rename to directory_group')
    const socket = connectSocket(app.url, key)
    await socket.subscribe({ query: '{ viewer { id } }' }).next()
    await expect(socket.subscribe({ query: '{ nonsense }' }).next()).rejects.toThrow('nonsense')
    await expect(socket.subscribe({ query: '{ directoryUsers(first: 0) { totalCount } }' }).next()).rejects.toThrow(
      'first',
    )
  })
  const operations = (transport: string, outcome: string) =>
    grown('rollcall_graphql_requests_total', { transport, outcome })
  expect([operations('http', 'ok'), operations('http', 'refused'), operations('http', 'failed')]).toEqual([1, 3, 1])
  expect([operations('websocket', 'ok'), operations('websocket', 'refused')]).toEqual([1, 2])
  expect(grown('rollcall_graphql_request_duration_seconds_count')).toBe(5)
})

test('sockets and subscribers of the feed come and go', async () => {
  expect((await now()).value('rollcall_feed_subscribers')).toBe(0)
  const socket = connectSocket(app.url, key)
  const live = [1, 2].map(() => socket.subscribe<{ changes: object }>({ query: 'subscription { changes { id } }' }))
  const gauges = async () => {
    const told = await now()
    return [told.value('rollcall_feed_subscribers'), told.value('rollcall_websocket_connections')]
  }
  await expect.poll(async () => (await gauges())[0]).toBe(2)
  const [, open] = await gauges()
  expect(open).toBeGreaterThanOrEqual(1)
  live[0]!.leave()
  await expect.poll(async () => (await gauges())[0]).toBe(1)
  live[1]!.cut()
  await expect.poll(gauges).toEqual([0, open! - 1])
})

test('what waits is told: events, runs, deliveries, completions and connections', async () => {
  const before = await now()
  await app.db.pool.query(
    `insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, next_attempt_at)
     select 'event_queue_' || status || n, 'dsync.user.updated', $1, 'WEBHOOK', status::"EventStatus", '', now(), now(), now() + interval '1 hour'
     from (values ('PENDING', 3), ('FAILED', 2), ('HELD', 4)) as wanted (status, count), generate_series(1, count) as n`,
    [directoryId],
  )
  await app.db.pool.query(`update sync_run set state = 'AWAITING_APPROVAL'`)
  await app.db.pool.query(`update catch_up set begun_at = now(), completed_at = now() - interval '40 seconds'`)
  const after = await now()
  const grown = (status: string) =>
    after.value('rollcall_inbox_events', { status }) - before.value('rollcall_inbox_events', { status })
  expect([grown('pending'), grown('failed'), grown('held')]).toEqual([3, 2, 4])
  expect(before.value('rollcall_sync_runs', { state: 'queued' })).toBe(1)
  expect(after.value('rollcall_sync_runs', { state: 'queued' })).toBe(0)
  expect(after.value('rollcall_sync_runs', { state: 'awaiting_approval' })).toBe(1)
  expect(before.series('rollcall_catch_up_age_seconds')).toEqual([])
  expect(after.value('rollcall_catch_up_age_seconds')).toBeGreaterThanOrEqual(40)
  expect(after.value('rollcall_database_connections')).toBeGreaterThan(0)
  for (const name of ['rollcall_receiver_waiting', 'rollcall_completer_waiting', 'rollcall_database_waiting'])
    expect([name, after.series(name).length, after.value(name)]).toEqual([name, 1, 0])
  await app.db.pool.query(`delete from inbox_event where id like 'event_queue_%'`)
})

test('what waits to be sent is told: messages to endpoints, mail, and jobs by how they fare', async () => {
  const before = await now()
  await app.db.pool.query(`
    insert into webhook_endpoint (id, url, description, enabled, secrets, cursor, created_by, created_at, updated_at)
    values ('wh_metrics', 'https://hooks.example', '', false, '[]', 0, 'test', now(), now());
    insert into webhook_delivery (id, endpoint_id, position, type, ordering_key, body, status, created_at, queued_at)
    select 'msg_metrics_' || status || n, 'wh_metrics', n + length(status) * 100, 'x', '', '', status::"WebhookDeliveryStatus", now(), now()
    from (values ('PENDING', 3), ('DELIVERED', 2), ('DEAD', 1)) as wanted (status, count), generate_series(1, count) as n;
    insert into mail (id, kind, key, recipient, subject, status, finished_at)
    select 'mail_metrics_' || status, 'WELCOME', 'metrics ' || status, '', '', status::"MailStatus", finished_at
    from (values ('PENDING', null), ('SENT', now()), ('FAILED', now())) as wanted (status, finished_at);
    select graphile_worker.add_job('nobody_does_it', '{}', max_attempts := n) from generate_series(1, 4) as n;
    update graphile_worker._private_jobs set attempts = 1, locked_at = case max_attempts when 2 then now() end
    where task_id = (select id from graphile_worker._private_tasks where identifier = 'nobody_does_it')`)
  const after = await now()
  const grown = (name: string, labels = {}) => after.value(name, labels) - before.value(name, labels)
  expect([grown('rollcall_outbound_messages_waiting'), grown('rollcall_mails_waiting')]).toEqual([3, 1])
  const states = ['waiting', 'running', 'given_up'].map((state) => grown('rollcall_jobs', { state }))
  expect(states).toEqual([2, 1, 1])
  await app.db.pool.query(`
    delete from webhook_endpoint where id = 'wh_metrics';
    delete from mail where id like 'mail_metrics_%';
    delete from graphile_worker._private_jobs`)
  expect((await now()).value('rollcall_jobs')).toBe(0)
})

test('deliveries that the database keeps waiting are seen waiting', async () => {
  const blocker = await app.db.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table inbox_event in share mode')
  const delivered = [1, 2, 3].map((n) => app.deliver(event('dsync.user.updated', user('ada'), 10 + n)))
  await expect.poll(async () => (await now()).value('rollcall_receiver_waiting')).toBe(3)
  await blocker.query('rollback')
  blocker.release()
  expect(await Promise.all(delivered)).toEqual([200, 200, 200])
  expect((await now()).value('rollcall_receiver_waiting')).toBe(0)
  await app.applied()
})

test('the lag of each directory is how long its oldest event has waited; deleted ones are left out', async () => {
  expect((await now()).series('rollcall_directory_lag_seconds')).toMatchObject([
    { labels: { directory: directoryId }, value: 0 },
  ])
  await app.db.pool.query(`
    insert into directory (id, name, type, state, domains, created_at, updated_at, deleted_at)
    select 'directory_' || name, '', '', 'ACTIVE', '{}', now(), now(), deleted_at
    from (values ('behind', null), ('deleted', now())) as d (name, deleted_at);
    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, next_attempt_at)
    select 'event_lag_' || directory || seconds, 'dsync.user.updated', 'directory_' || directory, 'WEBHOOK', 'PENDING', '',
           now() - occurred * interval '1 second', now() - seconds * interval '1 second', now() + interval '1 hour'
    from (values ('behind', 100, 5), ('behind', 30, 50), ('deleted', 500, 1), ('unheard_of', 70, 1)) as e (directory, seconds, occurred)`)
  const lag = async () =>
    (await now())
      .series('rollcall_directory_lag_seconds')
      .map(({ labels, value }) => [labels.directory, Math.floor(value / 10)])
  expect(await lag()).toEqual([
    ['directory_behind', 10],
    ['directory_unheard_of', 7],
    [directoryId, 0],
  ])
  // However many there are, so many series and no more; those that are behind are among them.
  await app.db.pool.query(`
    insert into directory (id, name, type, state, domains, created_at, updated_at)
    select 'directory_' || n, '', '', 'ACTIVE', '{}', now(), now() from generate_series(1, 1500) as n`)
  const most = await lag()
  expect(most).toHaveLength(1_000)
  expect(most.slice(0, 2)).toEqual([
    ['directory_behind', 10],
    ['directory_unheard_of', 7],
  ])
  await app.db.pool.query(`delete from inbox_event where id like 'event_lag_%'`)
  expect(new Set((await lag()).map(([, value]) => value))).toEqual(new Set([0]))
})

test("the process's own figures are there, each app has its own registry, and a scrape names nobody", async () => {
  const told = await now()
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
    expect([name, told.series(name)]).toEqual([name, [expect.objectContaining({ labels: {} })]])
  const grace = { first_name: 'Grace', name: 'Grace Hopper', email: 'grace@navy.example', organization_id: 'org_navy' }
  await app.deliver(
    event('dsync.activated', directory({ id: 'directory_x', name: 'Navy', organization_id: 'org_navy' }), 20),
  )
  await app.deliver(event('dsync.user.created', user('grace', { ...grace, directory_id: 'directory_x' }), 21))
  await ask(app.url, key, `{ directoryUsers(filter: { search: "hopper" }) { nodes { name } } }`)
  await send(`${app.url}/users/grace@navy.example`, { method: 'GET' })
  await app.applied()
  expect((await now()).text).not.toMatch(/grace|hopper|navy|org_|example|rck_|sk_test|whsec/i)
})
