import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { applyDue } from '../../src/inbox/apply-due.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import type { WireEvent } from './history.ts'
import { oracle } from './oracle.ts'
import { replay } from './replay.ts'
import { rowsOf } from './rows.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

type Fault = 'before' | 'after' | 'broken connection'

/** The database, whose statement number `n`, `begin` and `commit` counted, fails or breaks the connection. */
function faulty(db: Database, n: number, fault: Fault) {
  const state = { statements: 0, struck: null as string | null }
  const strike = async (run: () => Promise<unknown>, text: string, client: pg.PoolClient | null): Promise<unknown> => {
    state.statements += 1
    if (state.statements !== n) return run()
    state.struck = text
    if (fault === 'after') await run()
    if (fault === 'broken connection' && client !== null) {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      await db.pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      return run()
    }
    throw Object.assign(new Error('struck'), { code: '57P01' })
  }
  const textOf = (statement: unknown) =>
    typeof statement === 'string' ? statement : ((statement as { name?: string; text: string }).name ?? (statement as { text: string }).text) // prettier-ignore
  const pool = new Proxy(db.pool, {
    get(target, name) {
      if (name === 'query')
        return (...args: [never]) => strike(() => target.query(...args) as Promise<unknown>, textOf(args[0]), null)
      if (name !== 'connect') return Reflect.get(target, name, target) as unknown
      return async () => {
        const client = await target.connect()
        return new Proxy(client, {
          get(inner, key) {
            if (key === 'query')
              return (...args: [never]) => strike(() => inner.query(...args), textOf(args[0]), inner) // prettier-ignore
            const value: unknown = Reflect.get(inner, key, inner)
            return typeof value === 'function' ? (value.bind(inner) as unknown) : value
          },
        })
      }
    },
  })
  return { db: { ...db, pool }, state }
}

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

/** Law 4 at any moment: the events that are marked are those whose effects are there, and the log tells these effects. */
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
     from change where directory_id = $1`,
    id,
  )
  return changes.sort()
}

test.each(['before', 'after', 'broken connection'] as const)(
  'Law 4: an apply that fails at any statement, %s, leaves all of it or nothing, and is then done once',
  { timeout: 120_000 },
  async (fault) => {
    const control = history()
    await inbox.receive(...control.events)
    await inbox.applyAll({ batchSize: 3 })
    const expectedChanges = await changesOf(control.id)
    expect(expectedChanges.length).toBeGreaterThan(8)

    const struck = new Set<string>()
    for (let n = 1; ; n += 1) {
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
    for (const statement of [
      'begin',
      'load-users',
      'save-directories',
      'save-users',
      'save-groups',
      'save-edges',
      'settle-user-edges',
      'append-changes',
      'mark-events',
      'commit',
    ])
      // prettier-ignore
      expect([...struck]).toContain(statement)
    expect(await inbox.list('select max(position) = count(*) from change')).toEqual([true])
    expect(await inbox.list(`select id from inbox_event where status <> 'APPLIED'`)).toEqual([])
  },
)
