// Law 4 for what the guard holds: what is held, what was decided about it, and the change log commit together.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyDue } from '../../src/inbox/apply-due.ts'
import { createGuardOperations } from '../../src/guard/guard-operations.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { event, user } from '../support/events.ts'
import { faulty, type Fault } from './faulty.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

const guard = { minimum: 0, percent: 0, windowMs: 600_000 }

let customers = 0
/** Two people, of whom one leaves and is heard of once more. */
async function customer(): Promise<string> {
  customers += 1
  const id = `directory_${customers}`
  const person = (name: string, fields = {}) => user(`${name}${customers}`, { directory_id: id, ...fields })
  await inbox.receive(event('dsync.user.created', person('ada'), 1), event('dsync.user.created', person('ben'), 1))
  await inbox.applyAll({ guard })
  await inbox.receive(
    event('dsync.user.deleted', person('ada'), 2, `event_left_${customers}`),
    event('dsync.user.updated', person('ada', { first_name: 'New' }), 3, `event_later_${customers}`),
    event('dsync.user.updated', person('ben', { first_name: 'New' }), 3, `event_other_${customers}`),
  )
  return id
}

const story = async (id: string): Promise<string> => {
  const statuses = await inbox.list<string>(
    `select split_part(id, '_', 2) || ' ' || status from inbox_event where directory_id = $1 and occurred_at > '2026-06-25T00:00:01.5Z' order by id`,
    id,
  )
  const changes = await inbox.list<string>(
    `select kind::text from change where directory_id = $1 and kind not in ('DIRECTORY_USER_CREATED', 'USER_PROVISIONED') order by position`,
    id,
  )
  return [...statuses, ...changes].join(', ')
}

const RECEIVED = 'later PENDING, left PENDING, other PENDING'
const HELD = 'later HELD, left HELD, other APPLIED, CHANGES_HELD, DIRECTORY_USER_UPDATED, USER_UPDATED'
const APPROVED = HELD.replaceAll(' HELD', ' PENDING') + ', HELD_CHANGES_APPROVED'
const REJECTED =
  HELD.replace('later HELD', 'later PENDING').replace('left HELD', 'left DISCARDED') + ', HELD_CHANGES_REJECTED'
const ENDS = {
  approve:
    'later APPLIED, left APPLIED, other APPLIED, CHANGES_HELD, DIRECTORY_USER_UPDATED, USER_UPDATED, HELD_CHANGES_APPROVED, DIRECTORY_USER_DELETED, DIRECTORY_USER_REACTIVATED, USER_UPDATED, USER_DEACTIVATED, USER_REACTIVATED',
  reject:
    'later APPLIED, left DISCARDED, other APPLIED, CHANGES_HELD, DIRECTORY_USER_UPDATED, USER_UPDATED, HELD_CHANGES_REJECTED, DIRECTORY_USER_UPDATED, USER_UPDATED',
}

/** Strikes at each statement in turn until none is left to be struck. Gives the names of those that were. */
async function strikeAll(
  fault: Fault,
  prepare: () => Promise<string>,
  act: (db: Inbox['db'], id: string) => Promise<unknown>,
  after: (id: string) => Promise<void>,
): Promise<string[]> {
  const struck: string[] = []
  for (let n = 1; ; n += 1) {
    const id = await prepare()
    const { db, state } = faulty(inbox.db, n, fault)
    await act(db, id).catch((error: unknown) => {
      if (state.struck === null) throw error
    })
    await after(id)
    if (state.struck === null) return struck
    struck.push(state.struck)
  }
}

test.each(['before', 'after', 'broken connection'] as const)(
  'Law 4: a burst that is held while a statement fails, %s, is held with its change or waits, and is held once',
  { timeout: 120_000 },
  async (fault) => {
    const struck = await strikeAll(
      fault,
      customer,
      async (db) => {
        for (let after: string | null = ''; after !== null;) after = await applyDue(inbox.context({ db, guard }), after)
      },
      async (id) => {
        expect([RECEIVED, HELD]).toContain(await story(id))
        await inbox.applyAll({ guard })
        expect(await story(id)).toBe(HELD)
      },
    )
    expect(struck).toEqual(expect.arrayContaining(['guard-look-ahead', 'guard-count', 'guard-hold', 'append-changes', 'commit'])) // oxfmt-ignore
  },
)

test.each([
  ['approve', 'before'],
  ['approve', 'after'],
  ['reject', 'before'],
  ['reject', 'after'],
] as const)(
  'Law 4: where somebody wants to %s and a statement fails, %s, it is decided with its change or still held, and done once',
  { timeout: 120_000 },
  async (what, fault) => {
    const decide = (db: Inbox['db'], id: string) =>
      createGuardOperations({ db, now: () => new Date(), onRunDecided: () => {}, onReleased: () => {} })[what](
        id,
        'test',
      )
    const struck = await strikeAll(
      fault,
      async () => {
        const id = await customer()
        await inbox.applyAll({ guard })
        return id
      },
      decide,
      async (id) => {
        const now = await story(id)
        expect([HELD, what === 'approve' ? APPROVED : REJECTED]).toContain(now)
        if (now === HELD) await decide(inbox.db, id)
        await inbox.applyAll({ guard })
        expect(await story(id)).toBe(ENDS[what])
      },
    )
    expect(struck).toEqual(expect.arrayContaining(['lock-directory', 'append-changes', 'commit']))
  },
)
