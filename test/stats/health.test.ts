import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { overWebSocket } from '../support/live.ts'
import { directory, directoryId, event, user } from '../support/events.ts'
import { allStatementsOf } from '../graphql/statements.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.deliver(event('dsync.user.created', user('ada'), 2))
  await app.applied()
  await app.db.pool.query(`update sync_run set state = 'SUCCEEDED', finished_at = now()`)
})
afterAll(() => app.close())
beforeEach(async () => {
  await app.db.pool.query(`update catch_up set begun_at = now(), completed_at = now(), error = null`)
})

const Health = graphql(`
  query Health($id: ID!) {
    directory(id: $id) {
      health {
        status
        reasons
        pendingEvents
        failedEvents
        heldChanges
        lagSeconds
        userCount
        groupCount
        lastEventAt
      }
    }
  }
`)

const health = async () => (await query(app.url, key, Health, { id: directoryId })).directory!.health
/** An event that came in so long ago, is tried after so long, and says nothing new. */
const insertWaiting = (seconds: number, after: string) => {
  const told = event('dsync.user.updated', user('ada', { job_title: 'long ago' }), 1, 'event_waiting')
  return app.db.pool.query(
    `insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at, next_attempt_at)
     values ($1, $2, $3, 'WEBHOOK', 'PENDING', $4, $5, now() - $6::float8 * interval '1 second', now() + $7::interval)`,
    [told.id, told.event, directoryId, Buffer.from(JSON.stringify(told)), told.created_at, seconds, after],
  )
}
const set = (assignment: string) => app.db.pool.query(`update directory set ${assignment}`)

test('a directory whose feeds all work is HEALTHY, and gives no reasons', async () => {
  expect(await health()).toEqual({
    status: 'HEALTHY',
    reasons: [],
    pendingEvents: 0,
    failedEvents: 0,
    heldChanges: 0,
    lagSeconds: 0,
    userCount: 1,
    groupCount: 0,
    lastEventAt: '2026-06-25T00:00:02.000Z',
  })
})

test('an Events API that was not read to its end for five minutes is told within them, with what it said', async () => {
  await app.db.pool.query(
    `update catch_up set completed_at = now() - interval '299 seconds', error = 'WorkOS does not answer'`,
  )
  expect(await health()).toMatchObject({ status: 'HEALTHY' })
  await app.db.pool.query(`update catch_up set completed_at = now() - interval '301 seconds'`)
  expect(await health()).toMatchObject({
    status: 'STALLED',
    reasons: ['The Events API has not been read to its end for 5 minutes: WorkOS does not answer'],
  })
})

test('an event that has waited for more than a minute stalls its directory', async () => {
  await insertWaiting(61, '1 hour')
  const { status, reasons, pendingEvents, lagSeconds } = await health()
  expect({ status, reasons, pendingEvents }).toEqual({
    status: 'STALLED',
    reasons: ['The oldest unapplied event was received 61 seconds ago'],
    pendingEvents: 1,
  })
  expect(lagSeconds).toBeGreaterThan(60)
  await app.db.pool.query(`delete from inbox_event where id = 'event_waiting'`)
})

test('a minute is the bound of an event that waits, and five that of the Events API, also where it never reached its end', async () => {
  const waiting = (seconds: number) => insertWaiting(seconds, '1 hour')
  for (const [seconds, status] of [
    [55, 'HEALTHY'],
    [61, 'STALLED'],
  ] as const) {
    await waiting(seconds)
    expect([seconds, (await health()).status]).toEqual([seconds, status])
    await app.db.pool.query(`delete from inbox_event where id = 'event_waiting'`)
  }
  for (const [begun, status] of [
    [`now() - interval '295 seconds'`, 'HEALTHY'],
    [`now() - interval '301 seconds'`, 'STALLED'],
    ['null', 'HEALTHY'],
  ] as const) {
    await app.db.pool.query(`update catch_up set completed_at = null, begun_at = ${begun}`)
    expect([begun, (await health()).status]).toEqual([begun, status])
  }
})

test('that WorkOS does not list its directories is told after five minutes, or three of its intervals where they are longer', async () => {
  const listed = (seconds: number, intervalMs: number) =>
    app.db.pool.query(
      `update directory_poll set begun_at = now(), completed_at = now() - make_interval(secs => $1), interval_ms = $2, error = 'It hangs'`,
      [seconds, intervalMs],
    )
  for (const [seconds, intervalMs, reasons] of [
    [299, 60_000, []],
    [302, 60_000, ['WorkOS has not listed its directories for 5 minutes: It hangs']],
    [3 * 3_600 - 1, 3_600_000, []],
    [3 * 3_600 + 2, 3_600_000, ['WorkOS has not listed its directories for 3 hours: It hangs']],
  ] as const) {
    await listed(seconds, intervalMs)
    expect([seconds, await health()]).toMatchObject([
      seconds,
      { status: reasons.length > 0 ? 'DEGRADED' : 'HEALTHY', reasons },
    ])
  }
  await app.db.pool.query('update directory_poll set begun_at = null, completed_at = null, error = null')
})

test('a comparison with WorkOS that is long overdue is told, also the first, unless none has to follow it', async () => {
  const compared = 'The directory has not been compared with WorkOS for 13 hours'
  for (const [ago, reconcileMs, reasons] of [
    ['11 hours', 21_600_000, []],
    ['13 hours', 21_600_000, [compared]],
    ['13 hours', 0, []],
    ['59 minutes', 1_000, []],
    ['61 minutes', 1_000, ['The directory has not been compared with WorkOS for 61 minutes']],
  ] as const) {
    await app.db.pool.query('update directory_poll set reconcile_ms = $1', [reconcileMs])
    await set(`last_synced_at = now() - interval '${ago}'`)
    expect([ago, (await health()).reasons]).toEqual([ago, reasons])
  }
  await app.db.pool.query('update directory_poll set reconcile_ms = 21600000')
  await set('last_synced_at = null')
  expect((await health()).reasons).toEqual([])
  await app.db.pool.query(`update sync_run set created_at = now() - interval '13 hours'`)
  expect((await health()).reasons).toEqual([compared])
  await app.db.pool.query('update directory_poll set reconcile_ms = 0')
})

test('each other reason is told in plain words', async () => {
  const told: [assignment: string, status: string, reason: string][] = [
    [`state = 'VALIDATING'`, 'DEGRADED', 'WorkOS is still validating the directory'],
    [`state = 'INACTIVE'`, 'DISCONNECTED', 'The directory is unlinked in WorkOS'],
    [`state = 'DELETING'`, 'DISCONNECTED', 'WorkOS is deleting the directory'],
    [`deleted_at = now()`, 'DISCONNECTED', 'The directory was deleted in WorkOS'],
  ]
  for (const [assignment, status, reason] of told) {
    await set(assignment)
    expect(await health()).toMatchObject({ status, reasons: [reason] })
    await set(`state = 'ACTIVE', deleted_at = null`)
  }
  await app.db.pool.query(`update sync_run set state = 'AWAITING_APPROVAL', finished_at = null, held = 3`)
  expect(await health()).toMatchObject({
    status: 'DEGRADED',
    heldChanges: 3,
    reasons: ['3 removals held by the guard: somebody has to approve or reject'],
  })
  await app.db.pool.query(`update sync_run set state = 'SUCCEEDED', finished_at = now(), held = 0`)
  expect(await health()).toMatchObject({ status: 'HEALTHY', reasons: [] })
})

test('events that failed, and a run that failed, are reasons to have a look', async () => {
  await app.deliver(event('dsync.user.updated', user('ada', { email: 7 }), 3))
  await app.applied()
  await app.db.pool.query(`update sync_run set state = 'FAILED', error = 'The list of users held 0'`)
  expect(await health()).toMatchObject({
    status: 'DEGRADED',
    failedEvents: 1,
    reasons: [
      '1 event could not be applied: replay or discard what failed',
      'The last sync run failed: The list of users held 0',
    ],
  })
  await app.db.pool.query(`delete from inbox_event where status = 'FAILED'`)
  // A dry one has mended nothing.
  await app.db.pool.query(`
    insert into sync_run (id, directory_id, kind, state, dry_run, finished_at)
    values ('sync_run_zzz', '${directoryId}', 'RESYNC', 'SUCCEEDED', true, now())`)
  expect(await health()).toMatchObject({ status: 'DEGRADED' })
  await app.db.pool.query(`update sync_run set state = 'SUCCEEDED', error = null where not dry_run`)
  await app.db.pool.query(`update sync_run set state = 'FAILED' where dry_run`)
  expect(await health()).toMatchObject({ status: 'HEALTHY' })
})

test('the worst of what is wrong is the status: invalid credentials, and above all a directory that is gone', async () => {
  await set(`state = 'INVALID_CREDENTIALS'`)
  expect(await health()).toMatchObject({
    status: 'FAILING',
    reasons: [expect.stringContaining('renew its credentials')],
  })
  await set(`state = 'INACTIVE', state_reason = 'WorkOS no longer knows the directory'`)
  await app.db.pool.query(`update catch_up set completed_at = now() - interval '1 hour'`)
  expect(await health()).toMatchObject({
    status: 'DISCONNECTED',
    reasons: ['WorkOS no longer knows the directory', 'The Events API has not been read to its end for 60 minutes'],
  })
  await set(`state = 'ACTIVE', state_reason = null`)
})

test('the health of many directories is one statement', async () => {
  for (let n = 0; n < 5; n += 1) {
    const id = `directory_more${n}`
    await app.deliver(event('dsync.activated', { ...directory(), id }, 10 + n))
  }
  await app.applied()
  const all = graphql(`
    query HealthOfAll {
      directories {
        nodes {
          health {
            status
          }
        }
      }
    }
  `)
  const statements = await allStatementsOf(() => query(app.url, key, all))
  expect(statements.filter(({ text }) => text.includes('catch_up.completed_at'))).toHaveLength(1)
})

test('a subscriber is told the health of its directory at once, and when it changes, and of no other', async () => {
  const subscription = {
    query: 'subscription ($id: ID!) { syncHealth(directoryId: $id) { status reasons } }',
    variables: { id: directoryId },
  }
  const live = overWebSocket<{ syncHealth: { status: string } }>(app.url, key, subscription)
  expect((await live.next()).syncHealth).toEqual({ status: 'HEALTHY', reasons: [] })
  await set(`state = 'INVALID_CREDENTIALS'`)
  expect((await live.next()).syncHealth.status).toBe('FAILING')
  await set(`state = 'ACTIVE'`)
  expect((await live.next()).syncHealth.status).toBe('HEALTHY')
  const foreign = overWebSocket(app.url, await app.key('org_other'), subscription)
  await expect(foreign.next()).rejects.toThrow('There is no such directory')
})

const follow = () => {
  const query = 'subscription ($id: ID!) { syncHealth(directoryId: $id) { status pendingEvents reasons } }'
  const live = overWebSocket<{ syncHealth: { status: string; pendingEvents: number; reasons: string[] } }>(
    app.url,
    key,
    {
      query,
      variables: { id: directoryId },
    },
  )
  return async () => (await live.next()).syncHealth
}
const position = async () => (await app.db.pool.query<object>('select position from change_clock')).rows

test('that a directory stalls is pushed when time makes it so, and that it goes on, while the log stands still', async () => {
  const before = await position()
  await app.db.pool.query(`update catch_up set completed_at = now() - interval '297 seconds'`)
  const next = follow()
  expect(await next()).toMatchObject({ status: 'HEALTHY', reasons: [] })
  expect(await next()).toMatchObject({ status: 'STALLED', reasons: [expect.stringContaining('for 5 minutes')] })
  await app.db.pool.query(`update catch_up set completed_at = now()`) // as catch-up does: without a ring
  expect(await next()).toMatchObject({ status: 'HEALTHY', reasons: [] })
  expect(await position()).toEqual(before)
})

test('an event stalls its directory when its minute is over, and stalls it no more once it was tried again', async () => {
  const before = await position()
  await insertWaiting(57, '6 seconds')
  const next = follow()
  expect(await next()).toMatchObject({ status: 'HEALTHY', pendingEvents: 1 })
  expect(await next()).toMatchObject({ status: 'STALLED', pendingEvents: 1 })
  expect(await next()).toMatchObject({ status: 'HEALTHY', pendingEvents: 0 })
  expect(await position()).toEqual(before)
})

test('a reason that becomes another is pushed, and a duration in it that grows is not', async () => {
  const unread = (seconds: number, error: string) =>
    app.db.pool.query(`update catch_up set completed_at = now() - $1 * interval '1 second', error = $2`, [
      seconds,
      error,
    ])
  await unread(400, 'WorkOS does not answer')
  const next = follow()
  const [before] = (await next()).reasons
  expect(before).toBe('The Events API has not been read to its end for 7 minutes: WorkOS does not answer')
  await unread(4_000, 'WorkOS does not answer')
  const another = follow()
  expect((await another()).reasons[0]).toContain('for 67 minutes')
  await unread(8_000, 'WorkOS answered with 401')
  expect((await next()).reasons).toEqual([
    'The Events API has not been read to its end for 2 hours: WorkOS answered with 401',
  ])
  await set(`state = 'INACTIVE', state_reason = 'WorkOS no longer knows the directory'`)
  expect((await next()).reasons[0]).toBe('WorkOS no longer knows the directory')
  await set(`state_reason = null`)
  expect((await next()).reasons[0]).toBe('The directory is unlinked in WorkOS')
  await set(`state = 'ACTIVE'`)
})
