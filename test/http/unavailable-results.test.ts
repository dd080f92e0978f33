// While the database is away for a moment, no subscriber gets a change without what it is about, or misses one.
import type { ExecutionResult } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../src/db/client.ts'
import { repeatUnavailable } from '../../src/http/sharing/repeat-unavailable.ts'
import { unavailable } from '../../src/http/graphql/unavailable.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, event, user } from '../support/events.ts'
import { asServerSentEvents, connectSocket, overWebSocket, type Transport } from '../support/live.ts'
import { withoutDatabase } from './outage.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
afterAll(() => app.close())

/** Lets the next `times` reads of people fail, as when a connection breaks. */
function breakReads(times: number): { left(): number; restore(): void } {
  let left = times
  const prototype = Client.prototype as unknown as { query: Query }
  const { query } = prototype
  prototype.query = function (...given) {
    const { text } = given[0] as { readonly text?: string }
    if (left === 0 || text?.includes('from directory_user x') !== true) return query.apply(this, given)
    left -= 1
    return Promise.reject(new Error('Connection terminated unexpectedly'))
  }
  return { left: () => left, restore: () => (prototype.query = query) }
}

type Query = (this: Client, ...given: unknown[]) => unknown

const transports: [string, Transport][] = [
  ['over WebSocket', overWebSocket],
  ['as server-sent events', asServerSentEvents],
]

test.for(transports)('a change is sent once the database can tell what it is about, %s', async ([name, subscribe]) => {
  interface Data {
    readonly changes: { readonly directoryUserId: string; readonly directoryUser: { readonly email: string } }
  }
  const live = subscribe<Data>(app.url, key, {
    query: `subscription {
      changes(filter: { kinds: [DIRECTORY_USER_CREATED] }) {
        ... on DirectoryUserChange { directoryUserId directoryUser { email } }
      }
    }`,
  })
  const people = ['ada', 'bob', 'cyd'].map((person) => user(`${person}_${name.replaceAll(' ', '_')}`))
  const told: Data[] = []
  for (const [index, person] of people.entries()) {
    const broken = breakReads(index)
    try {
      expect(await app.deliver(event('dsync.user.created', person))).toBe(200)
      told.push(await live.next())
      expect(broken.left()).toBe(0)
    } finally {
      broken.restore()
    }
  }
  expect(told).toEqual(people.map(({ id, email }) => ({ changes: { directoryUserId: id, directoryUser: { email } } })))
})

test('who cannot subscribe for want of the database is told to connect again', async () => {
  const socket = connectSocket(app.url, key)
  const first = socket.subscribe<{ changes: object }>({ query: 'subscription { changes { cursor } }' })
  expect(await app.deliver(event('dsync.user.created', user('dan')))).toBe(200)
  await first.next()
  await withoutDatabase(app, async () => {
    const refused = socket.subscribe({ query: 'subscription { changes { id } }' })
    await expect(refused.next()).rejects.toThrow('The connection has ended')
    expect(socket.closed()).toMatchObject({ code: 1013, reason: 'Try again later' })
  })
})

test('a subscription ends with an error if the database stays away', async () => {
  const ended = new AbortController()
  ended.abort() // no attempt waits
  let [attempts, left] = [0, false]
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      attempts += 1
      return { done: false, value: { data: { changes: null }, errors: [unavailable()] } }
    },
    async return() {
      left = true
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => results,
  }
  const repeated = repeatUnavailable(results, { repeat: () => true }, () => ended.signal)
  await expect(repeated.next()).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } })
  expect(attempts).toBeGreaterThan(10)
  expect(left).toBe(true)
})
