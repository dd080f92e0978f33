import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createReceiver, type Receiver } from '../../src/inbox/receive.ts'
import { MAX_ATTEMPTS } from '../../src/inbox/mark.ts'
import { createLateCounts, type LateCounts } from '../../src/stats/late-counts.ts'
import { recordTally } from '../../src/stats/record-tally.ts'
import { createTally } from '../../src/stats/tally.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { expectCounted } from './counted.ts'

let inbox: Inbox
let late: LateCounts
const fail = (error: unknown): never => {
  throw error as Error
}
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(async () => {
  await inbox.empty()
  late = createLateCounts({ db: inbox.db.pool, onError: fail, everyMs: 3_600_000 })
})
afterEach(async () => {
  await late.close()
  await inbox.db.pool.query('drop function if exists refuse, away cascade')
})
afterAll(() => inbox.close())

const at = (hour: string) => new Date(`2026-07-01T${hour}Z`)
const receiverAt = (now: Date, source: 'WEBHOOK' | 'EVENTS_API' = 'WEBHOOK'): Receiver =>
  createReceiver(inbox.db.pool, { source, now: () => now, onStored: () => {}, count: late.count })
const bytes = (told: object) => Buffer.from(JSON.stringify(told))
/** Rows of directories as `<id> <hour> <value>`, where the value is not 0. */
const hours = (column: string) =>
  inbox.list<string>(
    `select owner || ' ' || to_char(at at time zone 'UTC', 'HH24') || ' ' || ${column} from stats
     where span = 'HOUR' and owner like 'directory\\_%' and ${column} <> 0 order by owner, at`,
  )

/** Makes PostgreSQL refuse every write of this user. */
async function refuse(id: string): Promise<void> {
  await inbox.db.pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$
    begin
      if new.id = '${id}' then raise exception 'refused' using errcode = '23514'; end if;
      return new;
    end $$;
    create or replace trigger refuse before insert or update on directory_user for each row execute function refuse()`)
}

test('an event counts in the hour in which it came in, whenever it is applied', async () => {
  await receiverAt(at('09:59:59.999')).receive(bytes(event('dsync.user.created', user('ada'), 1)))
  await receiverAt(at('10:00:00.000')).receive(bytes(event('dsync.user.created', user('ben'), 2)))
  expect(await hours('events_received'), 'not before it is settled').toEqual([])
  await inbox.applyAll()
  expect(await hours('events_received')).toEqual([`${directoryId} 09 1`, `${directoryId} 10 1`])
  await expectCounted(inbox.db.pool)
})

test('what a cascade carries on is counted in each of its transactions', async () => {
  const ops = group('ops')
  await inbox.receive(
    ...Array.from({ length: 1_100 }, (_, index) => event('dsync.group.user_added', member(ops, user(`u${index}`)), 1)),
  )
  await inbox.applyAll()
  await inbox.receive(event('dsync.deleted', directory(), 2))
  await inbox.applyAll()
  expect(await expectCounted(inbox.db.pool)).toMatchObject({ users_deleted: 1_100, memberships_removed: 1_100 })
})

test('an event that is FAILED after its last attempt counts once, as received and as failed', async () => {
  await refuse('directory_user_bad')
  await inbox.receive(event('dsync.user.created', user('bad'), 1), event('dsync.user.created', user('good'), 1))
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    await inbox.applyAll()
    await inbox.hurry()
    expect(await expectCounted(inbox.db.pool)).toMatchObject({
      events_failed: attempt === MAX_ATTEMPTS ? 1 : 0,
      events_received: attempt === MAX_ATTEMPTS ? 2 : 1,
    })
  }
})

test('one that is replayed is not received again, and one that fails again has failed once', async () => {
  const bad = { ...user('bad'), email: ['no text'] }
  await inbox.receive(event('dsync.user.created', bad, 1), event('dsync.user.created', user('good'), 1))
  await inbox.applyAll()
  await inbox.db.pool.query(`update inbox_event set status = 'PENDING', attempts = 0, error = null, applied_at = null`)
  await inbox.applyAll()
  const all = `from stats where span = 'DAY' and owner = ''`
  expect(await inbox.list(`select events_received ${all}`)).toEqual([2])
  expect(await inbox.list(`select events_failed ${all}`)).toEqual([1])
})

test('what is settled at receipt counts with it, for everything where it names no directory, and is not counted again when it is replayed', async () => {
  const receiver = receiverAt(at('12:00:00'))
  await receiver.receive(bytes({ ...event('dsync.user.created', user('x'), 1), created_at: 'never' })) // FAILED
  await receiver.receive(bytes(event('dsync.unheard_of', { directory_id: directoryId }, 1))) // IGNORED
  await receiver.receive(bytes(event('connection.activated', { id: 'conn_1' }, 1)))
  await Promise.all([1, 2].map(() => receiver.receive(Buffer.from('no JSON')))) // the same bytes: one event
  // A process that is killed now has counted them.
  const everything = `select events_received || ' ' || events_failed from stats where owner = '' and span = 'HOUR'`
  expect(await inbox.list(everything)).toEqual(['4 2'])
  expect(await hours('events_failed')).toEqual([`${directoryId} 12 1`])
  await inbox.db.pool.query(
    `update inbox_event set status = 'PENDING' where status = 'FAILED' and directory_id is not null`,
  )
  await inbox.applyAll()
  expect(await hours('events_received')).toEqual([`${directoryId} 12 2`])
})

test('what is settled at receipt is not stored where it cannot be counted, and WorkOS delivers it again', async () => {
  const receiver = receiverAt(at('12:00:00'))
  const unreadable = bytes({ ...event('dsync.user.created', user('x'), 1), created_at: 'never' })
  await inbox.db.pool.query('alter table stats rename to away')
  try {
    await expect(receiver.receive(unreadable)).rejects.toThrow('stats')
    expect(await inbox.list('select id from inbox_event')).toEqual([])
  } finally {
    await inbox.db.pool.query('alter table away rename to stats')
  }
  expect(await receiver.receive(unreadable)).toBe('stored')
  expect(await hours('events_failed')).toEqual([`${directoryId} 12 1`])
})

test('a thin event that WorkOS knows no more is received', async () => {
  await inbox.receive(
    event('dsync.user.created', { directory_id: directoryId, directory_user_id: 'directory_user_thin' }, 1),
  )
  await inbox.applyAll()
  expect(await expectCounted(inbox.db.pool)).toMatchObject({ events_received: 1, events_applied: 0 })
})

test("WorkOS's redeliveries are duplicates; what the Events API repeats of them is not", async () => {
  const one = event('dsync.user.created', user('ada'), 1)
  const receiver = receiverAt(at('12:00:00'))
  for (let times = 0; times < 3; times += 1) await receiver.receive(bytes(one))
  await receiverAt(at('12:00:00'), 'EVENTS_API').receive(bytes(one))
  expect(await hours('events_duplicate'), 'nobody waits for it').toEqual([])
  await late.close()
  await late.close() // and it is written once
  expect(await hours('events_duplicate')).toEqual([`${directoryId} 12 2`])
})

test('counts that nobody waits for are written by themselves, soon', async () => {
  const soon = createLateCounts({ db: inbox.db.pool, onError: fail, everyMs: 5 })
  soon.count(directoryId, at('12:00:00'), 'eventsDuplicate')
  await expect.poll(() => hours('events_duplicate')).toEqual([`${directoryId} 12 1`])
  soon.count(directoryId, at('12:30:00'), 'eventsDuplicate')
  await expect.poll(() => hours('events_duplicate')).toEqual([`${directoryId} 12 2`])
  await soon.close()
})

test("an organization's row is the sum of its directories', also where they share a transaction; whose they are is what is known then", async () => {
  const own = async () =>
    (
      await inbox.db.pool.query<object>(
        `select owner, events_received as received, users_created as created,
                (select sum(n)::int from unnest(latency) as n) as applied
         from stats where span = 'HOUR' and owner like 'org\\_%' order by owner`,
      )
    ).rows
  const hired = (name: string, directory: string, organization: string | null) =>
    event(
      'dsync.user.created',
      user(name, { directory_id: `directory_${directory}`, organization_id: organization }),
      1,
    )
  await inbox.receive(
    hired('a', 'one', 'org_x'),
    hired('b', 'one', 'org_x'),
    hired('c', 'two', 'org_x'),
    hired('d', 'three', 'org_y'),
    hired('e', 'four', null),
  )
  await inbox.applyAll()
  const first = [
    { owner: 'org_x', received: 3, created: 3, applied: 3 },
    { owner: 'org_y', received: 1, created: 1, applied: 1 },
  ]
  expect(await own()).toEqual(first)
  // What was counted while nobody knew whose it was, or while it was another's, is not told to whose it is now.
  await inbox.receive(
    hired('f', 'four', 'org_z'),
    event('dsync.activated', directory({ id: 'directory_three', organization_id: 'org_z' }), 2),
  )
  await inbox.applyAll()
  // Nor what was counted with its coming.
  expect(await own()).toEqual([...first, { owner: 'org_z', received: 1, created: 1, applied: 1 }])
  await inbox.receive(hired('g', 'three', 'org_z'))
  await inbox.applyAll()
  expect(await own()).toEqual([...first, { owner: 'org_z', received: 2, created: 2, applied: 2 }])
  await expectCounted(inbox.db.pool)
})

test('Law 4: a batch that is rolled back has not counted', async () => {
  await inbox.receive(event('dsync.user.created', user('ada'), 1))
  await inbox.db.pool.query(`
    create function away() returns trigger language plpgsql as $$
    begin raise exception 'shutting down' using errcode = '57P01'; end $$;
    create constraint trigger away after insert on change initially deferred for each row execute function away()`)
  await expect(inbox.applyAll()).rejects.toThrow('The batch was rolled back')
  expect(await inbox.list('select at from stats')).toEqual([])
  await inbox.db.pool.query('drop function away cascade')
  await inbox.applyAll()
  expect(await expectCounted(inbox.db.pool)).toMatchObject({ users_created: 1, events_received: 1 })
})

test('two that count the same directories in another order wait for each other, and both are counted', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `directory_${index}`)
  const record = async (order: readonly string[]) => {
    for (let times = 0; times < 30; times += 1) {
      const tally = createTally()
      for (const id of order) tally.count(id, at('12:00:00'), 'eventsReceived')
      await recordTally(inbox.db.pool, tally)
    }
  }
  await Promise.all([record(ids), record(ids.toReversed()), record(ids), record(ids.toReversed())])
  expect(await inbox.list('select distinct events_received from stats order by 1')).toEqual([120, 4_800])
})
