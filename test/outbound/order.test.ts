// The order of what is told of an identity, and of an account, while the one belongs to another of the other.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Import, Link, LinkByEmail, Opt, Unlink, Upsert } from '../accounts/operations.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import type { ChangeKind } from '../../src/generated/operations/graphql.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, organizationId, user } from '../support/events.ts'
import { waitingLocks } from '../support/waiting-locks.ts'
import { deliveriesOf, quiet, removeEndpoints, replay, startSender, subscribe } from './endpoints.ts'
import { startReceiver, type Receiver } from './receiver.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startSender()
  key = await app.key()
})
afterEach(() => removeEndpoints(app))
afterAll(() => app.close())

let tests = 0
let second = 1
/** Each test has a directory and people of its own. */
const ours = () => ({ directory_id: `directory_${tests}` })
const person = (name: string, fields = {}) => user(`${name}${tests}`, { ...ours(), ...fields })
const idOf = (name: string) => person(name).id
beforeEach(async () => {
  tests += 1
  await happens(event('dsync.activated', directory({ id: ours().directory_id }), (second += 1)))
})

async function happens(...events: object[]): Promise<void> {
  for (const one of events) expect(await app.deliver(one)).toBe(200)
  await app.applied()
}
const hired = (...names: string[]) =>
  happens(...names.map((name) => event('dsync.user.created', person(name), (second += 1))))
const renamed = (name: string) =>
  happens(event('dsync.user.updated', person(name, { first_name: `${name} ${second}` }), (second += 1)))

const accountOf = async (name: string) =>
  (await app.db.prisma.directoryUser.findUniqueOrThrow({ where: { id: idOf(name) } })).accountId!
const register = (externalId: string, email?: string) =>
  query(app.url, key, Upsert, { organizationId, users: [{ externalId, ...(email && { email, emailVerified: true }) }] })
const link = async (name: string, externalId: string) =>
  expect(await query(app.url, key, Link, { directoryUserId: idOf(name), externalId })).toMatchObject({
    linkUser: { __typename: 'User' },
  })

/** Makes what failed due again. Gives whether anything did. */
async function hourPasses(): Promise<boolean> {
  const { rowCount } = await app.db.pool.query(
    `update webhook_delivery set next_attempt_at = now() where status = 'PENDING' and next_attempt_at is not null`,
  )
  return rowCount !== 0
}

/** Lets hours pass until nothing waits. */
async function hoursPass(): Promise<void> {
  do await quiet(app)
  while (await hourPasses())
}

/**
 * What was accepted, by whom it tells of: a user of a directory, or an account. In the order of arrival, as positions.
 */
async function told({ accepted }: Receiver): Promise<Map<string, number[]>> {
  const rows = await app.db.prisma.webhookDelivery.findMany({ where: { id: { in: accepted.map(({ id }) => id) } } })
  const positions = new Map(rows.map(({ id, position }) => [id, Number(position)]))
  const of = new Map<string, number[]>()
  for (const { id, data } of accepted) {
    const present = data.directoryUser as { userId: string } | null
    for (const one of new Set([data.directoryUserId, data.userId, present?.userId]))
      if (typeof one === 'string') of.set(one, [...(of.get(one) ?? []), positions.get(id)!])
  }
  return of
}

async function expectOrder(receiver: Receiver): Promise<void> {
  const of = await told(receiver)
  expect(of.size).toBeGreaterThan(0)
  for (const [one, positions] of of) expect([one, positions]).toEqual([one, positions.toSorted((a, b) => a - b)])
}

const Enable = graphql(`
  mutation OrderEnable($id: ID!, $enabled: Boolean!) {
    updateWebhookEndpoint(input: { id: $id, enabled: $enabled }) {
      __typename
    }
  }
`)

const WAYS: Record<string, () => Promise<unknown>> = {
  linkUser: async () => {
    await register(`app-${tests}`)
    await link('ada', `app-${tests}`)
  },
  unlinkUser: async () => {
    await link('ada', `app-${tests}`)
    await query(app.url, key, Unlink, { directoryUserId: idOf('ada') })
  },
  importUserLinks: async () => {
    await register(`app-${tests}`)
    const csv = `directory_user_id,user_id\n${idOf('ada')},app-${tests}\n${idOf('ben')},app-${tests}\n`
    expect(await query(app.url, key, Import, { csv, dryRun: false })).toMatchObject({
      importUserLinks: { imported: true, linked: 2 },
    })
  },
  linkUsersByEmail: async () => {
    await register(`app-${tests}`, person('ada').email)
    await query(app.url, key, Opt, { organizationId, linkByEmail: true })
    expect(await query(app.url, key, LinkByEmail, { organizationId, dryRun: false })).toMatchObject({
      linkUsersByEmail: { pairCount: 1 },
    })
  },
  'a directory that moves': () =>
    happens(
      event(
        'dsync.activated',
        directory({ id: ours().directory_id, organization_id: `org_other_${tests}` }),
        (second += 1),
      ),
    ),
}

for (const [way, moves] of Object.entries(WAYS))
  test(`what is told of a person whose identity gets another account comes in order: ${way}`, async () => {
    const receivers = [await startReceiver(), await startReceiver(), await startReceiver()]
    const kinds: ChangeKind[] = ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED', 'DIRECTORY_USER_DELETED']
    for (const [index, input] of [{}, { kinds }, { organizationId }].entries())
      await subscribe(app, receivers[index]!, input)
    const answer = (reply: Receiver['answer']) => receivers.forEach((receiver) => (receiver.answer = reply))
    answer(({ data }) => (data.directoryUserId === null ? 204 : 500))
    await hired('ada', 'ben')
    await renamed('ada')
    await quiet(app)
    const before = await accountOf('ada')
    answer(() => 204)
    await moves()
    await app.applied()
    expect(await accountOf('ada')).not.toBe(before)
    await renamed('ada')
    await renamed('ben')
    await happens(event('dsync.user.deleted', person('ada'), (second += 1)))
    await quiet(app)
    expect(receivers.flatMap(({ accepted }) => accepted).length).toBeGreaterThan(0)
    await hoursPass()
    for (const receiver of receivers) await expectOrder(receiver)
    expect(new Set(receivers[1]!.accepted.map(({ id }) => id)).size).toBe(6)
    expect(await app.db.prisma.webhookDelivery.count({ where: { status: 'PENDING' } })).toBe(0)
  })

test('what waits of an account that an identity joins goes before what is told of the identity from then on', async () => {
  const receiver = await startReceiver()
  await subscribe(app, receiver, { kinds: ['USER_PROVISIONED', 'DIRECTORY_USER_UPDATED'] })
  await hired('ada')
  await quiet(app)
  receiver.answer = () => 500
  await register(`app-${tests}`)
  await quiet(app)
  receiver.answer = () => 204
  await link('ada', `app-${tests}`)
  await renamed('ada')
  await quiet(app)
  expect(receiver.accepted.map(({ type }) => type)).toEqual(['user.provisioned'])
  await hoursPass()
  expect(receiver.accepted.map(({ type }) => type)).toEqual([
    'user.provisioned',
    'user.provisioned',
    'directory_user.updated',
  ])
})

test('what an organization is told of its people when their directory has left comes after what waits of them', async () => {
  const receiver = await startReceiver()
  const id = await subscribe(app, receiver, {
    organizationId,
    kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED'],
  })
  receiver.answer = ({ type }) => (type === 'directory_user.created' ? 500 : 204)
  await hired('ada')
  await quiet(app)
  await query(app.url, key, Enable, { id, enabled: false })
  await renamed('ada')
  await WAYS['a directory that moves']!()
  await query(app.url, key, Enable, { id, enabled: true })
  await quiet(app)
  expect(receiver.accepted).toEqual([])
  receiver.answer = () => 204
  await hoursPass()
  expect(receiver.accepted.map(({ type, data }) => [type, data.directoryUser === null])).toEqual([
    ['directory_user.created', false],
    ['directory_user.updated', true],
  ])
})

/** Two messages that are on their way, of an identity and of the account that it joins, and a third, of both. */
async function startThree() {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, { kinds: ['USER_PROVISIONED', 'USER_UPDATED'] })
  const answers = { person: Promise.withResolvers<number>(), account: Promise.withResolvers<number>() }
  receiver.answer = ({ type, data }) =>
    type === 'user.provisioned' ? answers[data.directoryUserId === null ? 'account' : 'person'].promise : 204
  await hired('ada')
  await register(`app-${tests}`)
  await receiver.receives(2)
  await query(app.url, key, Import, { csv: `directory_user_id,user_id\n${idOf('ada')},app-${tests}\n`, dryRun: false })
  const made = async () => (await deliveriesOf(app, endpoint)).length
  await expect.poll(made).toBeGreaterThan(2)
  return { receiver, endpoint, answers, all: await made() }
}

test('what joins two that are on their way is sent when both were answered', async () => {
  for (const first of ['person', 'account'] as const) {
    tests += 1
    const { receiver, endpoint, answers, all } = await startThree()
    answers[first].resolve(204)
    const delivered = async () =>
      (await deliveriesOf(app, endpoint)).filter(({ status }) => status === 'DELIVERED').length
    await expect.poll(delivered).toBe(1)
    const due = { endpointId: endpoint, nextAttemptAt: { not: null } }
    expect(await app.db.prisma.webhookDelivery.count({ where: due })).toBe(1)
    answers[first === 'person' ? 'account' : 'person'].resolve(204)
    await receiver.accepts(all)
  }
})

test('what joins two that are on their way is sent also if both are written down as delivered at the same time', async () => {
  const { receiver, endpoint, answers, all } = await startThree()
  await app.db.pool.query('update webhook_endpoint set failures = 1 where id = $1', [endpoint])
  await inTransaction(app.db.pool, async (tx) => {
    // Whoever writes down a success stops where it asks for the health of the endpoint.
    await tx.query('select from webhook_endpoint where id = $1 for update', [endpoint])
    for (const { resolve } of Object.values(answers)) resolve(204)
    await expect.poll(() => waitingLocks(app.db.pool)).toBe(2)
  })
  await receiver.accepts(all)
})

test('a message that is replayed goes before what waits of the same identity under the account that it has now', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED'] })
  await hired('ada')
  await quiet(app)
  await register(`app-${tests}`)
  await link('ada', `app-${tests}`)
  receiver.answer = () => 500
  await renamed('ada')
  await quiet(app)
  const [first, later] = await deliveriesOf(app, endpoint)
  expect(later!.orderingKey).not.toBe(first!.orderingKey)
  receiver.answer = ({ id }) => (id === first!.id ? 500 : 204)
  await replay(app, { webhookEndpointId: endpoint, ids: [first!.id] })
  await quiet(app)
  await hourPasses()
  await quiet(app)
  expect(receiver.accepted.map(({ id }) => id)).toEqual([first!.id])
  receiver.answer = () => 204
  await hoursPass()
  expect(receiver.accepted.map(({ id }) => id)).toEqual([first!.id, first!.id, later!.id])
})

test('a message that is replayed while a later one is on its way has its turn when that fails, and goes before it', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED'] })
  await hired('ada')
  await quiet(app)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async () => {
    await released
    return 500
  }
  await renamed('ada')
  await receiver.receives(2)
  const [first, later] = await deliveriesOf(app, endpoint)
  await replay(app, { webhookEndpointId: endpoint, ids: [first!.id] })
  release()
  await receiver.receives(3)
  expect(receiver.received.map(({ id }) => id)).toEqual([first!.id, later!.id, first!.id])
  await quiet(app)
  receiver.answer = () => 204
  await hoursPass()
  expect(receiver.accepted.map(({ id }) => id)).toEqual([first!.id, first!.id, later!.id])
})
