// What was forgotten before it could be sent is told as a gap, and what merely does not concern an endpoint is not.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { forget } from '../../src/retention/retention.ts'
import { createCursorSeal } from '../../src/changes/cursor.ts'
import { readCursorKey } from '../../src/changes/read.ts'
import type { TestApp } from '../support/app.ts'
import { Link } from '../accounts/operations.ts'
import { query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { deliveriesOf, quiet, removeEndpoints, replay, startSender, subscribe } from './endpoints.ts'
import { startReceiver } from './receiver.ts'

const DAY = 86_400_000
const ofPeople = { kinds: ['DIRECTORY_USER_CREATED' as const, 'DIRECTORY_USER_DELETED' as const] }

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startSender()
  key = await app.key()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
afterEach(() => removeEndpoints(app))
afterAll(() => app.close())

let tests = 0
beforeEach(() => void (tests += 1))
/** Each test has people of its own. */
const person = (name: string) => user(`${name}${tests}`)

const Enable = graphql(`
  mutation WebhookEnabled($id: ID!, $enabled: Boolean!) {
    updateWebhookEndpoint(input: { id: $id, enabled: $enabled }) {
      __typename
    }
  }
`)
const enable = (id: string, enabled: boolean) => query(app.url, key, Enable, { id, enabled })
const hire = async (...names: string[]) => {
  for (const name of names) await app.deliver(event('dsync.user.created', person(name), 2))
  await app.applied()
}
/** Forgets what is older than a day, as if it were two days later. */
const forgetOn = (what: Partial<Parameters<typeof forget>[0]>) => {
  const never = { tombstoneMs: 0, payloadMs: 0, changeMs: 0, deliveryMs: 0, mailMs: 0 }
  return forget({ db: app.db, ...never, ...what, now: new Date(Date.now() + 2 * DAY) }, () => false)
}

test('an endpoint that was disabled while the log was purged is told of the gap, and of everything after it', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  await enable(endpoint, false)
  await hire('ada', 'ben')
  await forgetOn({ changeMs: DAY })
  const { rows } = await app.db.pool.query<{ position: number }>(
    'select purged_through::int as position from change_clock',
  )
  await hire('cyd')
  expect(receiver.received).toEqual([])
  await enable(endpoint, true)
  await quiet(app)
  const cursor = createCursorSeal(await readCursorKey(app.db.pool)).seal(rows[0]!)
  const told = receiver.accepted.toSorted((a, b) => a.id.localeCompare(b.id))
  expect(told).toMatchObject([
    { type: 'discontinuity', data: { reason: 'PURGED', cursor } },
    { type: 'directory_user.created', data: { directoryUserId: person('cyd').id } },
  ])
  // Where the gap ends, a subscription can go on.
  const After = graphql(`
    query WebhookAfterGap($after: String!) {
      changes(after: $after, filter: { kinds: [DIRECTORY_USER_CREATED] }) {
        nodes {
          __typename
          cursor
        }
      }
    }
  `)
  expect((await query(app.url, key, After, { after: cursor })).changes.nodes).toEqual([
    { __typename: 'DirectoryUserChange', cursor: told[1]!.data.cursor },
  ])
})

test('an endpoint that nothing was for is told of no gap', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_DELETED'] })
  await hire('ada', 'ben')
  await quiet(app)
  const cursor = async () => (await app.db.prisma.webhookEndpoint.findUniqueOrThrow({ where: { id: endpoint } })).cursor
  const begun = await cursor()
  // Not moved for each of them, but long before they can be purged.
  await app.db.pool.query(`update change set recorded_at = now() - interval '2 hours'`)
  await until(async () => (await cursor()) > begun)
  await forgetOn({ changeMs: DAY })
  await app.deliver(event('dsync.user.deleted', person('ada'), 9))
  await receiver.accepts(1)
  await quiet(app)
  expect(receiver.accepted.map(({ type }) => type)).toEqual(['directory_user.deleted'])
})

test('messages that are done with are forgotten after their time; those that wait are not, or are told as a gap', async () => {
  const [receiver, broken, left] = [await startReceiver(), await startReceiver(), await startReceiver()]
  const [endpoint, failing, disabled] = [
    await subscribe(app, receiver, ofPeople),
    await subscribe(app, broken, ofPeople),
    await subscribe(app, left, ofPeople),
  ]
  for (const one of [broken, left]) one.answer = () => 500
  await hire('ada', 'ben')
  await quiet(app)
  await enable(disabled, false)
  const counts = () =>
    Promise.all([endpoint, failing, disabled].map(async (id) => (await deliveriesOf(app, id)).length))
  await forgetOn({})
  expect(await counts()).toEqual([2, 2, 2])
  await forgetOn({ deliveryMs: 3 * DAY })
  expect(await counts()).toEqual([2, 2, 2])
  await forgetOn({ deliveryMs: DAY })
  expect(await counts()).toEqual([0, 2, 0])

  left.answer = () => 204
  await enable(disabled, true)
  await hire('cyd')
  await quiet(app)
  expect(left.accepted.map(({ type }) => type).toSorted()).toEqual(['directory_user.created', 'discontinuity'])
  expect(receiver.accepted.map(({ type }) => type)).not.toContain('discontinuity')
})

test('a message that is on its way to an endpoint when that is disabled is not forgotten before it is answered', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async () => {
    await released
    return 204
  }
  await hire('ada')
  await receiver.receives(1)
  await app.deliver(event('dsync.user.deleted', person('ada'), 3))
  await app.applied()
  await expect.poll(async () => (await deliveriesOf(app, endpoint)).length).toBe(2)
  await enable(endpoint, false)
  await forgetOn({ deliveryMs: DAY })
  release()
  await expect.poll(async () => (await deliveriesOf(app, endpoint)).map(({ status }) => status)).toEqual(['DELIVERED'])
})

test('a message that is replayed at the moment when it would be forgotten is sent', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  await hire('ada')
  await quiet(app)
  const [message] = await deliveriesOf(app, endpoint)
  const waits = (statement: string) =>
    until(async () => {
      const text = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ $1`
      return (await app.db.pool.query(text, [statement])).rowCount === 1
    })
  const both: Promise<unknown>[] = []
  await inTransaction(app.db.pool, async (tx) => {
    // A replay stops where it tells the change log of it, when the message has been put back.
    await tx.query('select from change_clock for update')
    both.push(replay(app, { webhookEndpointId: endpoint, ids: [message!.id] }))
    await waits('change_clock')
    both.push(forgetOn({ deliveryMs: DAY }))
    await waits('^delete from webhook_delivery')
  })
  await Promise.all(both)
  await receiver.accepts(2)
  expect(receiver.accepted.map(({ id }) => id)).toEqual([message!.id, message!.id])
})

test('what is purged of a person goes out of the messages that told of them', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  await hire('ada', 'ben')
  await app.deliver(event('dsync.user.deleted', person('ada'), 3))
  await app.applied()
  await quiet(app)
  expect((await deliveriesOf(app, endpoint)).filter(({ body }) => body.includes(person('ada').email))).toHaveLength(2)
  await forgetOn({ tombstoneMs: DAY })
  const kept = await deliveriesOf(app, endpoint)
  expect(kept.map(({ body }) => /directory_user_\w+/.exec(body)![0])).toEqual([person('ben').id])
})

test('what is on its way when its person is forgotten arrives before the word that they are', async () => {
  const receiver = await startReceiver()
  await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_DELETED', 'DIRECTORY_USER_PURGED'] })
  await hire('ada')
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async () => {
    await released
    return 204
  }
  await app.deliver(event('dsync.user.deleted', person('ada'), 3))
  await app.applied()
  await receiver.receives(1)
  await forgetOn({ tombstoneMs: DAY })
  expect(await app.db.prisma.directoryUser.count({ where: { id: person('ada').id } })).toBe(1)
  release()
  await quiet(app)
  await forgetOn({ tombstoneMs: DAY })
  await receiver.accepts(2)
  expect(receiver.accepted.map(({ type }) => type)).toEqual(['directory_user.deleted', 'directory_user.purged'])
})

test('what waited behind a message of somebody who is forgotten has its turn', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_UPDATED', 'DIRECTORY_USER_DELETED'] })
  await hire('ada', 'ben')
  const ben = await app.db.prisma.directoryUser.findUniqueOrThrow({ where: { id: person('ben').id } })
  const linked = await query(app.url, key, Link, { directoryUserId: person('ada').id, userId: ben.accountId })
  expect(linked.linkUser.__typename).toBe('User')
  receiver.answer = () => 500
  await app.deliver(event('dsync.user.deleted', person('ada'), 3))
  await app.deliver(event('dsync.user.updated', { ...person('ben'), first_name: 'Benedict' }, 4))
  await app.applied()
  await quiet(app)
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
  receiver.answer = () => 204
  // An attempt may be under way at this moment.
  await until(async () => {
    // Now, and not two days later: that is when ben's message becomes due.
    while (await purgeTombstones(app.db.pool, new Date(Date.now() + DAY), new Date()));
    return (await app.db.prisma.directoryUser.count({ where: { id: person('ada').id } })) === 0
  })
  await quiet(app)
  const kept = await deliveriesOf(app, endpoint)
  expect(kept.map(({ body, status }) => [body.includes(person('ben').id), status])).toEqual([[true, 'DELIVERED']])
})

const Disable = graphql(`
  mutation GapsDisable($userId: ID!) {
    disableUser(input: { userId: $userId, reason: "told in confidence" }) {
      __typename
    }
  }
`)

test('what was done to an account by hand goes out of the messages that told of it with the account', async () => {
  const endpoint = await subscribe(app, await startReceiver(), { kinds: ['USER_DEACTIVATED'] })
  await hire('ada', 'ben')
  const { accountId: userId } = await app.db.prisma.directoryUser.findUniqueOrThrow({
    where: { id: person('ada').id },
  })
  expect(await query(app.url, key, Disable, { userId: userId! })).toMatchObject({ disableUser: { __typename: 'User' } })
  await app.deliver(event('dsync.user.deleted', person('ada'), 3))
  await app.applied()
  await quiet(app)
  const told = async () => (await deliveriesOf(app, endpoint)).filter(({ body }) => body.includes('told in confidence'))
  expect(await told()).toHaveLength(1)
  await forgetOn({ tombstoneMs: DAY })
  expect(await told()).toEqual([])
})
