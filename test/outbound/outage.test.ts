// Days pass by setting `Date`, which everything here reads its clock from.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChangeKind } from '../../src/generated/operations/graphql.ts'
import type { TestApp } from '../support/app.ts'
import { directory, event, user } from '../support/events.ts'
import { deliveriesOf, quiet, replay, startSender, subscribe } from './endpoints.ts'
import { keyOf, startReceiver, type Receiver } from './receiver.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const ofPeople = { kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED'] satisfies ChangeKind[] }
const BEGIN = Date.UTC(2026, 10, 24, 12)

let app: TestApp
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: BEGIN })
  app = await startSender()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})

/** Something happens to each of these persons. */
let second = 1
async function happens(...names: readonly string[]): Promise<void> {
  second += 1
  const jobs = names.map((name) => event('dsync.user.updated', user(name, { job_title: `Job ${second}` }), second))
  for (const one of jobs) await app.deliver(one)
  await app.applied()
  await quiet(app)
}

async function passes(milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds)
  await quiet(app)
}

/** The changes that a receiver has accepted, of each person in the order of arrival. */
function told({ accepted }: Receiver): Record<string, unknown[]> {
  const byPerson = Object.groupBy(accepted, keyOf)
  return Object.fromEntries(Object.entries(byPerson).map(([key, of]) => [key, of!.map(({ data }) => data.cursor)]))
}

test('a receiver that is down for a day loses nothing, in order, is not hammered, and holds up nobody else', async () => {
  const [down, up] = [await startReceiver(), await startReceiver()]
  const endpoint = await subscribe(app, down, ofPeople)
  await subscribe(app, up, ofPeople)
  const people = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus']
  down.answer = () => 503
  for (let hour = 0; hour < 24; hour += 1) {
    const before = down.received.length
    await passes(HOUR)
    await happens(...(hour === 0 ? people : [people[hour % 7]!, people[(hour * 3 + 1) % 7]!]))
    // Five different people have to fail before it is taken to be down. From then on one message is tried at a time.
    expect(down.received.length - before).toBeLessThanOrEqual(hour === 0 ? 8 : 1)
  }
  expect(down.received.length).toBeGreaterThan(24)
  const all = await deliveriesOf(app, endpoint)
  expect(all).toHaveLength(50)
  expect(up.accepted).toHaveLength(all.length)
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['PENDING']))

  down.answer = () => 204
  await passes(5 * MINUTE)
  expect(down.accepted.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
  expect(told(down)).toEqual(told(up))
  expect(Object.keys(told(down))).toHaveLength(7)
  expect(down.forged + up.forged).toBe(0)
})

test('a message that nobody takes is tried by the schedule for three days, then dead, and a replay sends it as it was', async () => {
  const receiver = await startReceiver()
  receiver.answer = ({ data }) => (data.directoryUserId === 'directory_user_ada' ? 500 : 204)
  const endpoint = await subscribe(app, receiver, ofPeople)
  await happens('ada')
  await happens('ada')
  const first = (await deliveriesOf(app, endpoint))[0]!
  for (;;) {
    const { rows } = await app.db.pool.query<{ at: Date | null }>(
      'select next_attempt_at as at from webhook_delivery where id = $1',
      [first.id],
    )
    if (rows[0]!.at === null) break
    vi.setSystemTime(rows[0]!.at)
    await quiet(app)
  }
  const attempts = receiver.received.filter(({ id }) => id === first.id).map(({ at }) => (at - BEGIN) / HOUR)
  const published = [0, 5 / 3600, 5 / 60, 35 / 60, 2.5, 7.5, 17.5, 31.5, 51.5, 72]
  expect(attempts).toHaveLength(published.length)
  for (const [index, at] of published.entries()) {
    expect(attempts[index]).toBeGreaterThanOrEqual(at)
    expect(attempts[index]).toBeLessThanOrEqual(Math.min(at * 1.1, 72))
  }
  expect(new Set(receiver.received.filter(({ id }) => id === first.id).map(({ body }) => body)).size).toBe(1)
  // Now it is the turn of the next.
  expect(await deliveriesOf(app, endpoint)).toMatchObject([
    { id: first.id, status: 'DEAD', attempts: 10, error: 'It responded with 500' },
    { status: 'PENDING', attempts: 1 },
  ])

  receiver.answer = () => 204
  expect(await replay(app, { webhookEndpointId: endpoint, all: true })).toMatchObject({
    count: 1,
    deliveries: [{ id: first.id, status: 'PENDING', attempts: 0 }],
  })
  await quiet(app)
  await passes(6_000)
  expect(receiver.accepted.map(({ id }) => id)).toContain(first.id)
  expect(receiver.accepted.find(({ id }) => id === first.id)!.body).toBe(first.body)
  expect((await deliveriesOf(app, endpoint)).map(({ status }) => status)).toEqual(['DELIVERED', 'DELIVERED'])
})

test('behind an endpoint that is down for longer, messages are dead after three days too, and replayed in their order', async () => {
  const receiver = await startReceiver()
  receiver.answer = () => 500
  const endpoint = await subscribe(app, receiver, ofPeople)
  const people = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus']
  await happens(...people)
  await happens(...people)
  for (let hour = 0; hour < 71; hour += 10) await passes(10 * HOUR)
  await happens(...people)
  expect(new Set((await deliveriesOf(app, endpoint)).map(({ status }) => status))).toEqual(new Set(['PENDING', 'DEAD']))
  const young = () => deliveriesOf(app, endpoint).then((all) => all.slice(14))
  const old = () => deliveriesOf(app, endpoint).then((all) => all.slice(0, 14))
  expect(new Set((await old()).map(({ status }) => status))).toEqual(new Set(['DEAD']))
  expect(new Set((await young()).map(({ status }) => status))).toEqual(new Set(['PENDING']))

  receiver.answer = () => 204
  await passes(HOUR)
  expect(new Set((await young()).map(({ status }) => status))).toEqual(new Set(['DELIVERED']))
  expect(receiver.accepted).toHaveLength(7)
  const order = (await old()).map(({ id }) => id)
  expect(await replay(app, { webhookEndpointId: endpoint, all: true })).toMatchObject({ count: 14, hasMore: false })
  await quiet(app)
  const replayed = receiver.accepted.slice(7)
  expect(replayed.map(({ id }) => id).toSorted()).toEqual(order.toSorted())
  for (const person of people) {
    const ofPerson = replayed.filter((one) => keyOf(one) === `directory_user_${person}`).map(({ id }) => id)
    expect(ofPerson).toEqual(order.filter((id) => ofPerson.includes(id)))
    expect(ofPerson).toHaveLength(2)
  }
})

test('of an endpoint that never wants to be asked, what has waited for three days is dead too, however few people it is about', async () => {
  const receiver = await startReceiver()
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '864000' } })
  const endpoint = await subscribe(app, receiver, ofPeople)
  for (let round = 0; round < 3; round += 1) await happens('ada', 'ben')
  await passes(71 * HOUR)
  await happens('ada')
  const statuses = async () => (await deliveriesOf(app, endpoint)).map(({ status }) => status)
  expect(await statuses()).toEqual(Array<string>(7).fill('PENDING'))
  await passes(HOUR)
  await expect.poll(statuses).toEqual([...Array<string>(6).fill('DEAD'), 'PENDING'])
  expect(receiver.received.length).toBeLessThan(6)
  receiver.answer = () => 204
  await passes(24 * HOUR)
  expect((await statuses()).at(-1)).toBe('DELIVERED')
})
