// What reaches beyond the database begins with a row of the transaction that is its cause. Webhooks of ours are in
// test/outbound, processes that are killed in test/mail/kills.test.ts and test/accounts/sessions.test.ts, and who is
// not welcomed by a backfill, a replay or a reconcile in test/mail/welcome.test.ts.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startSessionRevoker } from '../../src/accounts/session-revoker.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createReplayEvents } from '../../src/inbox/replay.ts'
import type { EndSessions } from '../../src/operations/end-sessions.ts'
import { startHarness, type Harness } from '../mail/harness.ts'
import { event, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { openPools, startTwoWriters, type Pools, type TwoWriters } from './two-writers.ts'

let harness: Harness
let pools: Pools
let writers: TwoWriters
const failures: string[] = []
beforeAll(async () => {
  harness = await startHarness()
  pools = openPools(harness.connectionString)
  writers = startTwoWriters(pools, [10, 10], (error) => failures.push(error))
})
afterAll(async () => {
  await writers.close()
  await Promise.all(pools.map((pool) => pool.close()))
  await harness.close()
})

const rowsOf = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await harness.db.pool.query<Row>(text, values)).rows

type Call = Parameters<EndSessions>[0]
/** Ends sessions as WorkOS does, which fails as often as is said; gives what it was asked to do. */
function revoke(failing = 0): { calls: Call[]; nudge: () => void } {
  const calls: Call[] = []
  const closing = new AbortController()
  const rounds = startSessionRevoker({
    db: harness.db.pool,
    closing: closing.signal,
    onError: () => {},
    endSessions: (call) => {
      calls.push(call)
      return calls.length <= failing ? Promise.reject(new Error('WorkOS is away')) : Promise.resolve(1)
    },
  })
  onTestFinished(async () => {
    closing.abort()
    await rounds.close()
  })
  return { calls, nudge: () => rounds.nudge() }
}

const deliver = async (...bodies: object[]) => {
  await writers.deliver(
    0,
    bodies.map((body) => JSON.stringify(body)),
  )
  await writers.settled()
}

/** Somebody who is known to AuthKit, and the event by which they leave. */
async function leaver(name: string) {
  const ada = user(name)
  await deliver(event('dsync.user.created', ada, 1))
  await rowsOf(
    `update account set workos_user_id = $2 where id = (select account_id from directory_user where id = $1)`,
    [ada.id, `user_${name}`],
  )
  return event('dsync.user.deleted', ada, 2)
}

const pending = () =>
  rowsOf<{ workosUserId: string; done: boolean; cutoff: Date }>(
    `select workos_user_id as "workosUserId", done_at is not null as done, cutoff from session_revocation order by 1`,
  )

test('Law 9: what is rolled back sends no mail and ends no session', async () => {
  const gone = await leaver('rolled-back')
  await harness.db.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
    create constraint trigger refuse after insert on change deferrable initially deferred
    for each row when (new.kind = 'USER_DEACTIVATED') execute function refuse()`)
  const { calls, nudge } = revoke()
  await writers.deliver(0, [JSON.stringify(gone)])
  await until(() => Promise.resolve(failures.length > 0))
  await inTransaction(harness.db.pool, async (tx) => {
    await harness.mail.queue(tx, {
      kind: 'STALLED',
      key: 'rolled back',
      to: 'owner@acme.example',
      values: { list: [] },
    })
    throw new Error('no')
  }).catch(() => {})
  expect(await pending()).toEqual([])
  expect(await harness.rows()).toEqual([])
  expect([calls, harness.server.received]).toEqual([[], []])
  // The cause is applied when it can be, and then it has its effect.
  await harness.db.pool.query('drop trigger refuse on change')
  await rowsOf(`update inbox_event set next_attempt_at = now() where status <> 'APPLIED'`)
  writers.nudge()
  await until(() => {
    nudge()
    return Promise.resolve(calls.length > 0)
  })
  expect(calls).toMatchObject([{ workosUserId: 'user_rolled-back', begunBefore: null }])
})

test('Law 9: what an effect begins with commits with its cause', async () => {
  const gone = await leaver('together')
  await deliver(gone)
  const rows = await rowsOf(
    `select count(distinct x) as transactions, count(*) as rows from (
       select xmin::text as x from inbox_event where id = $1
       union all select xmin::text from change where event_id = $1 and kind = 'USER_DEACTIVATED'
       union all select xmin::text from session_revocation where workos_user_id = 'user_together'
     ) r`,
    [gone.id],
  )
  expect(rows).toEqual([{ transactions: 1, rows: 3 }])
})

test('Law 9: an effect is tried until it is done, each time as the same one, and a repetition of its cause is not a new one', async () => {
  await rowsOf('delete from session_revocation')
  const gone = await leaver('again')
  await deliver(gone)
  const [{ cutoff } = { cutoff: null }] = await pending()
  const { calls, nudge } = revoke(2)
  await until(async () => {
    await rowsOf('update session_revocation set next_attempt_at = now() where done_at is null and error is not null')
    nudge()
    return (await pending()).every(({ done }) => done)
  })
  expect(calls).toHaveLength(3)
  expect(new Set(calls.map((call) => JSON.stringify(call))).size).toBe(1)

  // The same event once more, a later one that says the same, and a replay.
  const { id: _same, ...rest } = gone
  await deliver(gone, { ...rest, id: 'event_same', created_at: '2026-06-25T00:00:09.000Z' })
  const replay = createReplayEvents({ db: harness.db, now: () => new Date(), onReplayed: () => writers.nudge() })
  await rowsOf(`update inbox_event set status = 'FAILED' where id = $1`, [gone.id])
  expect((await replay({ ids: [gone.id], statuses: ['FAILED'] }, 'api_key_test')).ids).toEqual([gone.id])
  await writers.settled()
  expect(await pending()).toEqual([{ workosUserId: 'user_again', done: true, cutoff }])
  expect(calls).toHaveLength(3)
})
