// What may be done with endpoints for webhooks and with their messages while messages are sent.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { deliveriesOf, quiet, removeEndpoints, replay, startSender, subscribe } from '../outbound/endpoints.ts'
import { startReceiver } from '../outbound/receiver.ts'
import { Endpoint, webhooks } from './webhooks.ts'

const HOUR = 3_600_000
const ofPeople = { kinds: ['DIRECTORY_USER_CREATED' as const] }

let app: TestApp
let key: string
let actor: string
let hooks: ReturnType<typeof webhooks>
/** Each test begins two days after the one before it, and has people of its own. */
let begin = Date.UTC(2026, 10, 24)
let tests = 0
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: begin })
  app = await startSender()
  key = await app.key(null, ['directory:read', 'webhooks:write'])
  actor = (await app.db.prisma.apiKey.findFirstOrThrow()).id
  hooks = webhooks(app, key)
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
beforeEach(() => {
  tests += 1
  begin += 48 * HOUR
  vi.setSystemTime(begin)
})
afterEach(() => removeEndpoints(app))
afterAll(async () => {
  await app.close()
  vi.useRealTimers()
})

let second = 1
const hire = async (...names: string[]) => {
  for (const name of names) {
    second += 1
    await app.deliver(event('dsync.user.created', user(`${tests}-${name}`), second))
  }
  await app.applied()
  await quiet(app)
}

test('while a secret is rotated each message is signed by both, and then by the new one alone', async () => {
  const receiver = await startReceiver()
  const id = await subscribe(app, receiver, ofPeople)
  const [former] = receiver.secrets
  const rotated = await hooks.rotate({ id })
  expect(rotated).toEqual({
    __typename: 'WebhookEndpoint',
    secret: expect.stringMatching(/^whsec_/) as string,
    rotatingUntil: new Date(begin + 24 * HOUR).toISOString(),
  })
  const { secret } = rotated as { secret: string }
  for (const known of [former!, secret]) {
    receiver.secrets = [known]
    await hire(`during-${known.slice(6, 9)}`)
  }
  expect([receiver.accepted.length, receiver.forged]).toEqual([2, 0])
  expect(receiver.accepted[0]!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
  vi.setSystemTime(Date.now() + 24 * HOUR)
  await hire('after')
  expect([receiver.accepted.length, receiver.forged]).toEqual([3, 0])
  receiver.secrets = [former!]
  await hire('late')
  expect([receiver.accepted.length, receiver.forged]).toEqual([3, 1])

  // Who has lost one gives no time of grace.
  expect(await hooks.rotate({ id, gracePeriodSeconds: 0 })).toMatchObject({ rotatingUntil: null })
  receiver.secrets = [secret]
  await hire('lost')
  expect([receiver.accepted.length, receiver.forged]).toEqual([3, 2])

  for (let count = 0; count < 3; count += 1)
    expect(await hooks.rotate({ id })).toMatchObject({ __typename: 'WebhookEndpoint' })
  expect(await hooks.rotate({ id })).toEqual({ __typename: 'ConflictError' })
  const { rows } = await app.db.pool.query<{ secrets: unknown[] }>(
    'select secrets from webhook_endpoint where id = $1',
    [id],
  )
  expect(rows[0]!.secrets).toHaveLength(4)
})

test('a deleted endpoint is gone at once, and its messages and secrets soon', async () => {
  const receiver = await startReceiver()
  receiver.answer = () => 500
  const id = await subscribe(app, receiver, ofPeople)
  await hire('ada')
  // Its messages may be gone by then, or not.
  expect(await hooks.remove(id)).toMatchObject({ __typename: 'WebhookEndpoint', url: receiver.url })
  expect(await query(app.url, key, Endpoint, { id })).toEqual({ webhookEndpoint: null, node: null })
  expect(await hooks.remove(id)).toEqual({ __typename: 'NotFoundError' })
  await until(async () => (await app.db.prisma.webhookEndpoint.count()) === 0)
  expect(await app.db.prisma.webhookDelivery.count()).toBe(0)
})

test('a test message arrives, and asks for an endpoint that is enabled', async () => {
  const receiver = await startReceiver()
  const id = await subscribe(app, receiver, ofPeople)
  const sent = await hooks.sendTest(id)
  const type = 'webhook_endpoint.test'
  expect(sent).toMatchObject({ type, endpoint: { id }, payload: { type, data: { webhookEndpointId: id } } })
  await receiver.accepts(1)
  expect(receiver.accepted[0]).toMatchObject({ id: (sent as { id: string }).id, type })
  await hooks.update({ id, enabled: false })
  expect(await hooks.sendTest(id)).toMatchObject({ __typename: 'ConflictError' })
})

test('deliveries are paged and filtered, and replayed by id, by filter or all that are dead', async () => {
  const receiver = await startReceiver()
  const id = await subscribe(app, receiver, ofPeople)
  await hire('ada', 'ben')
  vi.setSystemTime(Date.now() + HOUR)
  await hire('cyd', 'dan')
  const read = async (variables: object = {}) =>
    (await query(app.url, key, Endpoint, { id, ...variables })).webhookEndpoint!
  const person = ({ payload }: { payload: unknown }) =>
    (payload as { data: { directoryUserId: string } }).data.directoryUserId.split('-').at(-1)!
  const people = ({ deliveries }: Awaited<ReturnType<typeof read>>) => deliveries.nodes.map(person)
  expect(people(await read())).toEqual(['dan', 'cyd', 'ben', 'ada'])
  const page = await read({ first: 3 })
  expect(people(page)).toEqual(['dan', 'cyd', 'ben'])
  expect(page.deliveries).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } })
  expect(people(await read({ first: 3, after: page.deliveries.pageInfo.endCursor }))).toEqual(['ada'])
  const createdAfter = new Date(Date.now() - 1).toISOString()
  expect(people(await read({ filter: { createdAfter } }))).toEqual(['dan', 'cyd'])
  expect(people(await read({ filter: { createdBefore: createdAfter } }))).toEqual(['ben', 'ada'])
  expect(people(await read({ filter: { status: ['DEAD', 'PENDING'] } }))).toEqual([])

  const ids = Object.fromEntries((await read()).deliveries.nodes.map((node) => [person(node), node.id]))
  await app.db.pool.query(`update webhook_delivery set status = 'DEAD' where id = any($1)`, [
    [ids.ada, ids.ben, ids.cyd],
  ])
  expect(await read()).toMatchObject({ pendingCount: 0, deadCount: 3 })
  const endpoint = { webhookEndpointId: id }
  const batch = (count: number) => ({ __typename: 'WebhookDeliveryBatch', count, hasMore: false })
  expect(await replay(app, { ...endpoint, ids: [ids.ada!, ids.dan!, 'msg_none'] }, key)).toMatchObject(batch(2))
  expect(await replay(app, { ...endpoint, filter: { createdAfter } }, key)).toMatchObject(batch(1))
  expect(await replay(app, { ...endpoint, all: true }, key)).toMatchObject(batch(1))
  expect(await replay(app, { ...endpoint, all: true }, key)).toMatchObject(batch(0))
  expect(
    await replay(app, { ...endpoint, filter: { status: ['DELIVERED'], createdBefore: createdAfter } }, key),
  ).toMatchObject({
    __typename: 'WebhookDeliveryBatch',
  })
  await quiet(app)
  expect((await deliveriesOf(app, id)).map(({ status }) => status)).toEqual(
    Array.from({ length: 4 }, () => 'DELIVERED'),
  )
  const told = (await hooks.told(id)).filter((change) => 'kind' in change && change.kind === 'REPLAYED')
  expect(told.slice(0, 3)).toMatchObject([2, 1, 1].map((count) => ({ actor, webhookEndpointId: id, count })))

  const paths = async (input: object) => {
    const answer = await replay(app, { ...endpoint, ...input }, key)
    return answer.__typename === 'ValidationError' ? answer.issues.map(({ path }) => path.join('.')) : answer.__typename
  }
  expect(await paths({})).toEqual(['input'])
  expect(await paths({ all: true, ids: [ids.ada] })).toEqual(['input'])
  expect(await paths({ ids: [] })).toEqual(['input.ids'])
  expect(await paths({ filter: { status: ['PENDING'] } })).toEqual(['input.filter.status'])
  expect(await replay(app, { webhookEndpointId: 'webhook_endpoint_none', all: true }, key)).toMatchObject({
    __typename: 'NotFoundError',
  })
})
