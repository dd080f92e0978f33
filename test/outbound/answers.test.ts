// What receivers may answer, and what becomes of it.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'
import { deliveriesOf, quiet, removeEndpoints, startSender, subscribe } from './endpoints.ts'
import { keyOf, startReceiver, type Reply } from './receiver.ts'

const HOUR = 3_600_000
const ofPeople = { kinds: ['DIRECTORY_USER_CREATED' as const] }

let app: TestApp
let key: string
/** Each test begins an hour after the one before it, and has people of its own. */
let begin = Date.UTC(2026, 10, 24, 12)
let tests = 0
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: begin })
  app = await startSender({ env: { OUTBOUND_TIMEOUT_MS: '300' } })
  key = await app.key()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
beforeEach(() => {
  tests += 1
  begin += HOUR
  vi.setSystemTime(begin)
})
afterEach(() => removeEndpoints(app))
afterAll(async () => {
  await app.close()
  vi.useRealTimers()
})

const Health = graphql(`
  query WebhookHealth($id: ID!) {
    webhookEndpoint(id: $id) {
      status
      disabledReason
      pendingCount
      deadCount
      lastError
      lastFailedAt
      lastDeliveredAt
      deliveries(first: 1) {
        nodes {
          status
          attempts
          responseStatus
          error
          nextAttemptAt
        }
      }
    }
  }
`)
const health = async (id: string) => (await query(app.url, key, Health, { id })).webhookEndpoint!
const seconds = (at: string | null) => (Date.parse(at ?? '') - begin) / 1000

const person = (name: string) => user(`${name}${tests}`)

async function hire(name: string): Promise<void> {
  await app.deliver(event('dsync.user.created', person(name), 2))
  await app.applied()
  await quiet(app)
}

test('any 2xx is success, and everything else is told at the endpoint and tried again', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  const answers: Reply[] = [200, 201, 202, 204, { status: 299, body: 'fine' }]
  for (const [index, answer] of answers.entries()) {
    receiver.answer = () => answer
    await hire(`good${index}`)
    expect(await health(endpoint)).toMatchObject({ status: 'HEALTHY', lastError: null, pendingCount: 0, deadCount: 0 })
  }
  expect(seconds((await health(endpoint)).lastDeliveredAt)).toBe(0)
  for (const status of [300, 400, 401, 404, 409, 500, 502]) {
    receiver.answer = () => status
    await hire(`bad${status}`)
    const told = await health(endpoint)
    expect(told).toMatchObject({ status: 'FAILING', disabledReason: null })
    expect(told.deliveries.nodes).toMatchObject([{ status: 'PENDING', attempts: 1, responseStatus: status }])
    expect(told.lastError).toMatch(`It responded with ${status}`)
    receiver.answer = () => 204
    await hire(`after${status}`)
  }
})

test('a redirect is not followed', async () => {
  const [receiver, elsewhere] = [await startReceiver(), await startReceiver()]
  const endpoint = await subscribe(app, receiver, ofPeople)
  elsewhere.secrets = receiver.secrets
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = () => ({ status, headers: { location: elsewhere.url } })
    await hire(`moved${status}`)
    const [delivery] = (await health(endpoint)).deliveries.nodes
    expect(delivery).toMatchObject({ error: `It responded with ${status}; redirects are not followed` })
  }
  expect(elsewhere.received).toEqual([])
})

test('a receiver that asks for time is given it: for all messages where it answers 429 or 503, else for this one', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  receiver.answer = () => ({ status: 500, headers: { 'retry-after': '600' } })
  await hire('ada')
  expect(seconds((await health(endpoint)).deliveries.nodes[0]!.nextAttemptAt)).toBe(600)
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
  await hire('ben')
  expect(receiver.received).toHaveLength(2)
  await hire('cyd')
  expect(receiver.received).toHaveLength(2)
  receiver.answer = () => 204
  vi.setSystemTime(begin + 59_000)
  await quiet(app)
  expect(receiver.received).toHaveLength(2)
  vi.setSystemTime(begin + 60_000)
  await quiet(app)
  expect(receiver.accepted.map(({ data }) => data.directoryUserId)).toEqual(
    expect.arrayContaining([person('ben').id, person('cyd').id]),
  )
  expect(receiver.accepted).toHaveLength(2)
  vi.setSystemTime(begin + 600_000)
  await quiet(app)
  expect(receiver.accepted).toHaveLength(3)
})

test('a receiver that asks for years is left alone for a day', async () => {
  const receiver = await startReceiver()
  await subscribe(app, receiver, ofPeople)
  for (const asked of ['99999999', '99999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT']) {
    vi.setSystemTime((begin += HOUR))
    const before = receiver.received.length
    receiver.answer = () => ({ status: 503, headers: { 'retry-after': asked } })
    await hire(`ada${asked.length}`)
    receiver.answer = () => 204
    await hire(`ben${asked.length}`)
    vi.setSystemTime((begin += 24 * HOUR - 1_000))
    await quiet(app)
    expect(receiver.received).toHaveLength(before + 1)
    vi.setSystemTime((begin += 1_000))
    await quiet(app)
    expect(receiver.received).toHaveLength(before + 3)
  }
})

test('410 Gone disables the endpoint, which the change log tells; enabled again it is told of everything since', async () => {
  const receiver = await startReceiver()
  const endpoint = await subscribe(app, receiver, ofPeople)
  receiver.answer = () => 410
  await hire('ada')
  await hire('ben')
  expect(receiver.received).toHaveLength(1)
  expect(await health(endpoint)).toMatchObject({
    status: 'DISABLED',
    disabledReason: 'It responded with 410 Gone',
    pendingCount: 1,
  })
  const Told = graphql(`
    query WebhookDisabled {
      changes(filter: { kinds: [WEBHOOK_ENDPOINT_DISABLED] }) {
        nodes {
          source
          actor
          directory {
            id
          }
          ... on WebhookEndpointChange {
            kind
            webhookEndpointId
            webhookEndpoint {
              status
            }
          }
        }
      }
    }
  `)
  expect((await query(app.url, key, Told)).changes.nodes).toEqual([
    {
      source: 'OUTBOUND',
      actor: null,
      directory: null,
      kind: 'DISABLED',
      webhookEndpointId: endpoint,
      webhookEndpoint: { status: 'DISABLED' },
    },
  ])
  receiver.answer = () => 204
  const Enable = graphql(`
    mutation WebhookEnable($id: ID!) {
      updateWebhookEndpoint(input: { id: $id, enabled: true }) {
        ... on WebhookEndpoint {
          status
          disabledReason
        }
      }
    }
  `)
  expect((await query(app.url, key, Enable, { id: endpoint })).updateWebhookEndpoint).toEqual({
    status: 'HEALTHY',
    disabledReason: null,
  })
  await quiet(app)
  expect(receiver.accepted.map(keyOf).toSorted()).toEqual([person('ada').id, person('ben').id])
})

const Move = graphql(`
  mutation WebhookMove($id: ID!, $url: String!) {
    updateWebhookEndpoint(input: { id: $id, url: $url }) {
      __typename
    }
  }
`)

test('a message that was on its way to the former address begins anew like all others, however that attempt ends', async () => {
  const [former, next] = [await startReceiver(), await startReceiver()]
  const endpoint = await subscribe(app, former, ofPeople)
  next.secrets = former.secrets
  former.answer = () => 500
  next.answer = () => 500
  await hire('ada')
  vi.setSystemTime((begin += 80 * HOUR))
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  former.answer = async () => {
    await released
    return 500
  }
  await former.receives(2)
  await query(app.url, key, Move, { id: endpoint, url: next.url })
  release()
  await quiet(app)
  const [delivery] = (await health(endpoint)).deliveries.nodes
  expect(delivery).toMatchObject({ status: 'PENDING', attempts: 1 })
  expect(seconds(delivery!.nextAttemptAt)).toBeLessThanOrEqual(5.5)
})

test('what the former address answers says nothing of the endpoint any more', async () => {
  const [former, next] = [await startReceiver(), await startReceiver()]
  for (const reply of [410, { status: 503, headers: { 'retry-after': '3600' } }]) {
    vi.setSystemTime((begin += HOUR))
    tests += 1
    const endpoint = await subscribe(app, former, ofPeople)
    next.secrets = former.secrets
    const { promise: answer, resolve: give } = Promise.withResolvers<Reply>()
    former.answer = () => answer
    const before = [former.received.length, next.accepted.length] as const
    await app.deliver(event('dsync.user.created', person('ada'), 2))
    await former.receives(before[0] + 1)
    await query(app.url, key, Move, { id: endpoint, url: next.url })
    give(reply)
    await quiet(app)
    expect(await health(endpoint)).toMatchObject({ status: 'HEALTHY', lastError: null, pendingCount: 1 })
    vi.setSystemTime((begin += 2 * HOUR))
    await next.accepts(before[1] + 1)
    await removeEndpoints(app)
  }
})

test('who does not answer in time, closes the connection or is not there is told so, and waits for nobody', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}))
  const rude = createServer((socket) => void socket.destroy())
  const endless = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n')
    const more = setInterval(() => socket.write('x'.repeat(100_000)), 5)
    socket.on('close', () => clearInterval(more))
  })
  const urls: string[] = []
  for (const server of [silent, rude, endless]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    onTestFinished(() => void server.close())
  }
  const receiver = await startReceiver()
  const ids: string[] = []
  for (const url of [...urls, 'http://127.0.0.1:9/', 'http://name.invalid/'])
    ids.push(await subscribe(app, { ...receiver, url }, ofPeople))
  await hire('ada')
  const told = []
  for (const id of ids) told.push((await deliveriesOf(app, id)).map(({ status, error }) => [status, error]))
  expect(told).toEqual([
    [['PENDING', 'It could not be reached: no response within 300 ms']],
    [['PENDING', 'It could not be reached: ECONNRESET']],
    [['DELIVERED', null]],
    [['PENDING', 'It could not be reached: ECONNREFUSED']],
    [['PENDING', expect.stringMatching(/^It could not be reached: (ENOTFOUND|EAI_AGAIN)$/) as string]],
  ])
})
