// What becomes of what the guard holds: approved, rejected, discarded, replayed, forgotten.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { DiscardEventsInput, ReplayEventsInput } from '../../src/generated/operations/graphql.ts'
import { forget } from '../../src/retention/retention.ts'
import { ask, query } from '../support/client.ts'
import { directory, event } from '../support/events.ts'
import { range, startGuarded, type Company, type Guarded } from './guarded.ts'

let guarded: Guarded
beforeAll(async () => {
  guarded = await startGuarded()
})
afterAll(() => guarded.close())

let companies = 0
/** A company of ten, of whom three may leave at once, and four have left. */
async function afterBurst(): Promise<Company> {
  companies += 1
  const company = guarded.company(`d${companies}`)
  await company.tellAtOnce(...range(10).map((n) => company.hired(n)))
  await company.limits(3, 0)
  await company.tellAtOnce(...range(4).map((n) => company.left(n)))
  expect(await company.held()).toEqual(range(4).map((n) => `left_${n}`))
  return company
}

const Replay = graphql(`
  mutation GuardReplay($input: ReplayEventsInput!) {
    replayEvents(input: $input) {
      __typename
      ... on EventBatch {
        count
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
    }
  }
`)
const Discard = graphql(`
  mutation GuardDiscard($input: DiscardEventsInput!) {
    discardEvents(input: $input) {
      __typename
      ... on EventBatch {
        count
      }
    }
  }
`)
const Stats = graphql(`
  query GuardStats($directoryId: ID!) {
    directory(id: $directoryId) {
      syncStats {
        eventsReceived
        usersDeleted
        applyLatencyMs {
          p99
        }
      }
    }
  }
`)
const replay = async (input: ReplayEventsInput) => {
  const { replayEvents } = await query(guarded.app.url, guarded.key, Replay, { input })
  await guarded.app.applied()
  return replayEvents
}
const discard = async (input: DiscardEventsInput) => {
  const { discardEvents } = await query(guarded.app.url, guarded.key, Discard, { input })
  await guarded.app.applied()
  return discardEvents
}
const stats = async ({ id }: Company) =>
  (await query(guarded.app.url, guarded.key, Stats, { directoryId: id })).directory!.syncStats
const idOf = (company: Company, what: string) => `${company.id.slice('directory_'.length)}_${what}`

test('rejected removals are discarded, with reason and actor, and what waited behind them goes on in its order', async () => {
  const company = await afterBurst()
  await company.tell(company.renamed(0, 'New', 110), company.joined('staff', 1, 110), company.quit('staff', 1, 111))
  expect(await company.held()).toHaveLength(7)
  expect(await company.reject()).toBe(7)
  expect([await company.count('ACTIVE'), await company.memberships(), await company.held()]).toEqual([10, 1, []])
  for (const what of ['left_0', 'left_3', 'quit_staff_1']) expect(await company.status(what)).toBe('DISCARDED')
  for (const what of ['renamed_0_New', 'joined_staff_1']) expect(await company.status(what)).toBe('APPLIED')
  const { error } = await guarded.app.db.prisma.inboxEvent.findUniqueOrThrow({ where: { id: idOf(company, 'left_0') } })
  expect(error).toBe(`The guard had held it, and ${guarded.actor} rejected it`)
  expect((await company.guardChanges())[1]).toMatchObject({ kind: 'REJECTED', source: 'MUTATION', actor: guarded.actor, events: 7 }) // oxfmt-ignore
  // Who leaves afterwards is judged anew.
  await company.tell(company.left(5))
  expect(await company.count('ACTIVE')).toBe(9)
})

test('where nothing is held there is nothing to decide, and a second decision finds nothing', async () => {
  const company = await afterBurst()
  await company.approve()
  const text = `mutation { approveHeldChanges(input: { directoryId: "${company.id}" }) { ... on Error { message } }
                           rejectHeldChanges(input: { directoryId: "${company.id}" }) { ... on Error { message } } }`
  const nothing = { message: `Nothing is held in ${company.id}` }
  expect((await ask<unknown, Record<string, never>>(guarded.app.url, guarded.key, text)).data).toEqual({
    approveHeldChanges: nothing,
    rejectHeldChanges: nothing,
  })
  expect(await company.guardChanges()).toHaveLength(2)
})

test('what was approved is not stopped again, and the next burst is', async () => {
  const company = await afterBurst()
  await company.approve()
  await company.tellAtOnce(...range(4, 4).map((n) => company.left(n)))
  expect([await company.count('ACTIVE'), await company.held()]).toEqual([6, range(4, 4).map((n) => `left_${n}`)])
  expect(await company.guardChanges()).toMatchObject([
    { kind: 'HELD' },
    { kind: 'APPROVED' },
    { kind: 'HELD', users: 4 },
  ])
})

test('held events are in no statistics before it is settled what becomes of them, and the wait is no latency', async () => {
  const [approved, rejected] = [await afterBurst(), await afterBurst()]
  for (const company of [approved, rejected])
    expect(await stats(company)).toMatchObject({ eventsReceived: 10, usersDeleted: 0 })
  // As if they had waited for a day.
  await guarded.app.db.pool.query(
    `update inbox_event set received_at = received_at - interval '1 day' where directory_id = $1 and status = 'HELD'`,
    [approved.id],
  )
  await approved.approve()
  await rejected.reject()
  expect(await stats(approved)).toMatchObject({ eventsReceived: 14, usersDeleted: 4 })
  expect((await stats(approved)).applyLatencyMs.p99).toBeLessThan(3_600_000)
  expect(await stats(rejected)).toMatchObject({ eventsReceived: 14, usersDeleted: 0 })
  expect(await approved.health()).toMatchObject({ pendingEvents: 0, heldChanges: 0 })
})

test('a held event is approved with its directory, and not by a replay; what was rejected and is replayed is judged anew', async () => {
  const company = await afterBurst()
  const ids = range(4).map((n) => idOf(company, `left_${n}`))
  expect(await replay({ ids })).toMatchObject({ count: 0 })
  expect(await replay({ filter: { status: ['HELD'] } })).toMatchObject({
    issues: [{ path: ['input', 'filter', 'status'], message: 'must contain only FAILED and DISCARDED' }],
  })
  expect(await company.held()).toHaveLength(4)
  await company.reject()
  expect(await replay({ ids })).toMatchObject({ count: 4 })
  expect([await company.count('ACTIVE'), (await company.held()).length]).toEqual([10, 4])
  await company.reject()
  expect(await replay({ ids: ids.slice(0, 3) })).toMatchObject({ count: 3 })
  expect([await company.count('ACTIVE'), await company.held()]).toEqual([7, []])
})

test('a held event can be discarded by itself: what waited for it alone goes on, and the others stay', async () => {
  const company = await afterBurst()
  await company.tell(company.renamed(0, 'New', 110), company.renamed(1, 'New', 110), company.joined('staff', 1, 120))
  expect(await discard({ ids: [idOf(company, 'left_0')], reason: 'a mistake' })).toMatchObject({ count: 1 })
  expect(await company.held()).toEqual(['joined_staff_1', 'left_1', 'left_2', 'left_3', 'renamed_1_New'])
  expect(await company.status('renamed_0_New')).toBe('APPLIED')
  expect(await company.count('ACTIVE')).toBe(10)
  expect(await stats(company)).toMatchObject({ eventsReceived: 12 })
  const filter = { status: ['HELD' as const], directoryId: company.id }
  expect(await discard({ filter, reason: 'all of it' })).toMatchObject({ count: 5 })
  expect(await company.health()).toMatchObject({ heldChanges: 0, pendingEvents: 0 })
})

test('whatever is old is forgotten, but what is held is not', async () => {
  const company = await afterBurst()
  const later = new Date(Date.now() + 7 * 86_400_000)
  const db = guarded.app.db
  await forget(
    { db, tombstoneMs: 0, payloadMs: 86_400_000, deliveryMs: 0, mailMs: 0, changeMs: 0, now: later },
    () => false,
  )
  expect(await db.prisma.inboxEvent.count({ where: { directoryId: company.id } })).toBe(4)
  await company.approve()
  expect(await company.count('ACTIVE')).toBe(6)
})

test('the deletion of a whole directory is one act of somebody, is not held, and leaves nothing to decide', async () => {
  const company = await afterBurst()
  await company.tell(event('dsync.deleted', directory({ id: company.id }), 150))
  expect([await company.count('ACTIVE'), await company.held()]).toEqual([0, []])
  expect(await company.status('left_0')).toBe('APPLIED')
  expect((await company.guardChanges()).at(-1)).toMatchObject({ kind: 'APPROVED', actor: null, source: 'WEBHOOK' })
  const health = await company.health()
  expect([health.heldChanges, health.reasons.filter((reason) => /approve/.test(reason))]).toEqual([0, []])
})
