import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyDue } from '../../src/inbox/apply-due.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { faulty } from './faulty.ts'
import type { WireEvent } from './history.ts'
import { oracle } from './oracle.ts'
import { replay } from './replay.ts'
import { rowsOf } from './rows.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

let customers = 0
/** A short history that touches every table, and cascades at its end. */
function history() {
  customers += 1
  const ulid = (n: number) => `01JZ0000A0${`${customers}`.padStart(12, '0')}${`${n}`.padStart(4, '0')}`
  const id = `directory_${ulid(0)}`
  const own = { directory_id: id, organization_id: `org_${customers}` }
  const [ada, bob] = [1, 2].map((n) => user(`u${n}`, { ...own, id: `directory_user_${ulid(n)}` }))
  const ops = group('ops', { ...own, id: `directory_group_${ulid(3)}` })
  const events = [
    event('dsync.activated', directory({ id, organization_id: own.organization_id }), 1),
    event('dsync.user.created', ada!, 2),
    event('dsync.group.user_added', member(ops, bob!, id), 3),
    event('dsync.group.user_added', member(ops, ada!, id), 4),
    event('dsync.user.updated', { ...ada!, state: 'inactive' }, 5),
    event('dsync.deleted', directory({ id, organization_id: own.organization_id }), 6),
    event('dsync.user.created', { ...bob!, first_name: 'back' }, 7),
  ] as unknown as WireEvent[]
  return { id, events }
}

/**
 * Law 4 at any moment: the events that are marked are those whose effects are there, and the log tells these effects.
 */
async function expectOneStory(id: string, events: readonly WireEvent[]): Promise<void> {
  const { rows: inboxRows } = await inbox.db.pool.query<{ id: string; status: string; attempts: number }>(
    'select id, status, attempts from inbox_event where directory_id = $1',
    [id],
  )
  const done = inboxRows.filter(({ status }) => status !== 'PENDING').map((row) => row.id)
  for (const { status, attempts } of inboxRows) expect(attempts).toBe(status === 'PENDING' ? 0 : 1)
  const rows = await rowsOf(inbox.db.pool, [id])
  const cascading = await inbox.list('select id from directory where id = $1 and cascade_after is not null', id)
  // A deletion that is still on its way to users and groups says so.
  const expected = oracle(events.filter((one) => done.includes(one.id)))
  expect(rows).toEqual(cascading.length === 0 ? expected : { ...rows, directories: expected.directories })
  const log = await replay(inbox.db.pool, [id])
  const seen = Object.entries(rows.users).filter(([, { state }]) => state !== 'DELETED')
  expect([...log.users.keys()].sort()).toEqual(seen.map(([user]) => user).sort())
  expect([...log.memberships].sort()).toEqual(rows.memberships)
}

// Sorted: where a cascade and an event come next, either may be first.
async function changesOf(id: string): Promise<string[]> {
  const changes = await inbox.list<string>(
    `select concat_ws(' ', kind, right(user_id, 2), right(group_id, 2), changed_fields::text, previous::text)
     from change where directory_id = $1 and account_id is null`,
    id,
  )
  return changes.sort()
}

// All of them in the long run; else every third, and each fault begins at another.
const STRIDE = process.env.LONG_TESTS === undefined ? 5 : 1

const struck = new Set<string>()

test.each([
  ['before', 1],
  ['after', 2],
  ['broken connection', 3],
] as const)(
  'Law 4: an apply that fails at any statement, %s, leaves all of it or nothing, and is then done once',
  { timeout: 120_000 },
  async (fault, first) => {
    const control = history()
    await inbox.receive(...control.events)
    await inbox.applyAll({ batchSize: 3 })
    const expectedChanges = await changesOf(control.id)
    expect(expectedChanges.length).toBeGreaterThan(8)

    for (let n = first; ; n += STRIDE) {
      const { id, events } = history()
      await inbox.receive(...events)
      const { db, state } = faulty(inbox.db, n, fault)
      const context = inbox.context({ db, batchSize: 3 })
      let failed = false
      try {
        for (let after: string | null = ''; after !== null;) after = await applyDue(context, after)
      } catch {
        failed = true
      }
      await expectOneStory(id, events)
      await inbox.applyAll({ batchSize: 3 })
      await expectOneStory(id, events)
      expect(await changesOf(id), `struck at ${n}: ${state.struck}`).toEqual(expectedChanges)
      if (state.struck === null) break
      struck.add(state.struck)
      // A broken connection outside of a transaction is only tried at its end.
      expect(failed || fault === 'broken connection').toBe(true)
    }
    expect(await inbox.list('select max(position) = count(*) from change')).toEqual([true])
    expect(await inbox.list(`select id from inbox_event where status <> 'APPLIED'`)).toEqual([])
  },
)

test('every statement that writes has failed at least once', () => {
  const statements = [
    'begin isolation level read committed',
    'load-users',
    'save-directories',
    'save-users',
    'save-groups',
    'save-edges',
    'settle-user-edges',
    'save-accounts',
    'derive-grants',
    'append-changes',
    'mark-events',
    'commit',
  ]
  expect([...struck]).toEqual(expect.arrayContaining(statements))
})
