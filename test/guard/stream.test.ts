// The guard at work, step by step: what it counts, and what it costs nobody else.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyDue, type ApplyContext } from '../../src/inbox/apply-due.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { range } from './guarded.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const guard = (minimum: number, percent = 0) => ({ guard: { minimum, percent, windowMs: 600_000 } })
const hired = (count: number) => range(count).map((n) => event('dsync.user.created', user(`u${n}`), 1))
const left = (n: number, at = 100) => event('dsync.user.deleted', user(`u${n}`), at)
const told = (n: number, state: string, at: number) => event('dsync.user.updated', user(`u${n}`, { state }), at)
const active = () => inbox.list<number>(`select count(*) from directory_user where state = 'ACTIVE'`)
const held = () => inbox.list<string>(`select id from inbox_event where status = 'HELD' order by id`)

async function apply(parts: Partial<ApplyContext>, ...events: readonly object[]): Promise<void> {
  await inbox.receive(...events)
  await inbox.applyAll(parts)
}

/** As if so long had passed since everything that happened so far. */
async function pass(minutes: number): Promise<void> {
  await inbox.db.pool.query(
    `update inbox_event set applied_at = applied_at - $1 * interval '1 minute', held_at = held_at - $1 * interval '1 minute',
                            received_at = received_at - $1 * interval '1 minute'`,
    [minutes],
  )
}

test('what was taken away counts for as long as the window, and then no more', async () => {
  await apply(guard(3), ...hired(20))
  await apply(guard(3), ...range(3).map((n) => left(n)))
  await pass(9)
  await apply(guard(3), left(3))
  expect([await active(), (await held()).length]).toEqual([[17], 1])
  await pass(2)
  await apply(guard(3), ...range(3, 4).map((n) => left(n)))
  // The one that is held came in two minutes ago: these belong to its burst.
  expect([await active(), (await held()).length]).toEqual([[17], 4])
  await pass(11)
  await apply(guard(3), left(7), left(8), told(0, 'active', 120), told(3, 'active', 120))
  expect([await active(), (await held()).length], 'but the one who is held still waits').toEqual([[16], 5])
})

test('the change log says when a burst was stopped', async () => {
  const now = new Date('2026-07-01T12:00:00.000Z')
  await apply(guard(3), ...hired(20))
  await apply({ ...guard(3), now: () => now }, ...range(4).map((n) => left(n)))
  expect(await inbox.list(`select occurred_at from change where kind = 'CHANGES_HELD'`)).toEqual([now])
})

test('a burst that its instance was slow to work through is held whole, however long that takes', async () => {
  await apply(guard(3), ...hired(20))
  await inbox.receive(...range(10).map((n) => left(n)))
  const small = { ...guard(3), batchSize: 3, stopped: () => true }
  await applyDue(inbox.context(small), '')
  expect(await held()).toHaveLength(3)
  // Only what is applied or held ages: the others have been in the inbox since.
  await inbox.db.pool.query(`update inbox_event set held_at = held_at - interval '9 minutes'`)
  await inbox.db.pool.query(
    `update inbox_event set received_at = received_at - interval '12 minutes' where status = 'PENDING'`,
  )
  await inbox.applyAll(guard(3))
  expect([await active(), (await held()).length]).toEqual([[20], 10])
})

test('one who comes and goes and comes and goes is one, and whom nobody has seen is none', async () => {
  await apply(guard(3), ...hired(10))
  for (const n of range(8)) await apply(guard(3), told(0, n % 2 === 0 ? 'inactive' : 'active', 10 + n))
  await apply(guard(3), left(1), left(2), left(3))
  expect([await active(), await held()]).toEqual([[7], []])
  // Hired and gone in one batch: nobody has ever seen them.
  await apply(guard(3), ...range(9, 20).flatMap((n) => [told(n, 'active', 200), left(n, 201)]))
  expect(await held()).toEqual([])
})

test('whom a thin event turns out to offboard is held when WorkOS has said so, and told again when somebody approves', async () => {
  await apply(guard(1), ...hired(5))
  const asked: string[] = []
  const complete: ApplyContext['complete'] = ({ id }) => {
    asked.push(id)
    return Promise.resolve({ json: { ...user('x'), id, state: 'inactive' } })
  }
  const thin = (n: number) =>
    event('dsync.user.updated', { directory_id: directoryId, directory_user_id: `directory_user_u${n}` }, 100)
  await apply({ ...guard(1), complete }, thin(0), thin(1), thin(2))
  expect([await active(), (await held()).length, asked.length]).toEqual([[4], 2, 3])
  await inbox.db.pool.query(`update inbox_event set status = 'PENDING', approved_at = now() where status = 'HELD'`)
  await inbox.applyAll({ ...guard(1), complete })
  expect([await active(), await held(), asked.length]).toEqual([[2], [], 5])
})

test('what was received before there were labels is labelled when it is decoded, and judged like everything else', async () => {
  await apply(guard(3), ...hired(10))
  await inbox.receive(...range(5).map((n) => left(n)), event('dsync.user.updated', user('u7', { first_name: 'x' }), 50))
  await inbox.db.pool.query(`update inbox_event set user_id = null, group_id = null, removal = null`)
  await inbox.applyAll(guard(3))
  expect([await active(), (await held()).length]).toEqual([[10], 5])
  expect(await inbox.list(`select first_name from directory_user where id = 'directory_user_u7'`)).toEqual(['x'])
})

test('a directory whose burst is held shares its transaction with others, whose events are applied', async () => {
  const directories = ['a', 'b', 'c'].map((name) => `directory_${name}`)
  const of = (type: string, n: number, whose: string, at: number) =>
    event(type, user(`${whose}-u${n}`, { directory_id: whose }), at)
  await apply(guard(3), ...directories.flatMap((id) => range(9).map((n) => of('dsync.user.created', n, id, 1))))
  inbox.batches.length = 0
  await apply(guard(3), ...directories.flatMap((id) => range(id === 'directory_b' ? 9 : 3).map((n) => of('dsync.user.deleted', n, id, 2)))) // oxfmt-ignore
  // Six people leave, their accounts with them, and what is held is told.
  expect(inbox.batches.map(({ held, appended }) => [held, appended?.drafts.length])).toEqual([[9, 13]])
  expect(
    await inbox.list(
      `select directory_id || ' ' || count(*) from directory_user where state = 'ACTIVE' group by directory_id order by 1`,
    ),
  ).toEqual(['directory_a 6', 'directory_b 9', 'directory_c 6'])
})

test('an event that cannot be written does not let the burst around it through', async () => {
  await apply(guard(3), ...hired(10))
  await inbox.db.pool.query(`
    create function refuse() returns trigger language plpgsql as $$
    begin if new.id = 'directory_user_bad' then raise exception 'refused' using errcode = '23514'; end if; return new; end $$;
    create trigger refuse before insert on directory_user for each row execute function refuse()`)
  try {
    await apply(guard(3), event('dsync.user.created', user('bad'), 2), ...range(5).map((n) => left(n)))
    expect([await active(), (await held()).length]).toEqual([[10], 5])
  } finally {
    await inbox.db.pool.query('drop function refuse cascade')
  }
})

test('a group that is deleted counts with all its members, however many transactions it takes to hide them', async () => {
  await apply(
    guard(2_000),
    ...range(1_100).map((n) => event('dsync.group.user_added', member(group('big'), user(`u${n}`)), 2)),
  )
  await apply(
    guard(2_000),
    ...range(10).map((n) => event('dsync.group.user_added', member(group('small'), user(`u${n}`)), 3)),
  )
  await apply(guard(1_109), event('dsync.group.deleted', group('big'), 100))
  expect(await inbox.list('select edges_taken from inbox_event where edges_taken > 0')).toEqual([1_100])
  await apply(
    guard(1_109),
    ...range(10).map((n) => event('dsync.group.user_removed', member(group('small'), user(`u${n}`)), 101)),
  )
  expect([(await held()).length, await inbox.list('select count(*) from membership where visible')]).toEqual([10, [10]])
})

test.each(['inactive', 'deleted'])(
  'memberships of those who have left count neither beside them nor after them: %s',
  async (how) => {
    const gone = (n: number) => (how === 'deleted' ? left(n) : told(n, 'inactive', 100))
    const quits = (n: number, second: number, state = 'active') =>
      ['all', 'some'].map((of) =>
        event('dsync.group.user_removed', member(group(of), user(`u${n}`, { state })), second),
      )
    const joined = (n: number) => ['all', 'some'].map((of) => event('dsync.group.user_added', member(group(of), user(`u${n}`)), 2)) // oxfmt-ignore
    await apply(guard(4), ...hired(20), ...range(20).flatMap(joined))
    await apply(guard(4), ...range(4).map(gone), ...range(2).flatMap((n) => quits(n, 101, 'inactive')))
    await apply(guard(4), ...range(2, 2).flatMap((n) => quits(n, 102, 'inactive')))
    await apply(guard(4), ...range(2, 10).flatMap((n) => quits(n, 103)))
    expect([await active(), await held()]).toEqual([[16], []])
    await apply(guard(4), ...quits(12, 104))
    expect(await held()).toHaveLength(2)
  },
)

test('whom the deletion of a directory ends does not count for those who leave it when it is back', async () => {
  await apply(guard(3), ...hired(10))
  await apply(guard(3), event('dsync.deleted', directory(), 50))
  await apply(guard(3), event('dsync.activated', directory(), 51), ...range(10).map((n) => told(n, 'active', 60)))
  await apply(guard(3), left(0), left(1), left(2))
  expect([await active(), await held()]).toEqual([[7], []])
})
