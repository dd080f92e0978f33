import { describe, expect, test } from 'vitest'
import { createReceiver } from './receiver.ts'
import { request, sdkFor, start } from './start.ts'

describe('a delivery', () => {
  test('is verified and understood by the SDK', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url, webhookSecret: 'whsec_of_the_test' })
    const { user } = simulator.actions.promote()
    await receiver.until(1)
    const [{ raw, headers }] = receiver.received as [(typeof receiver.received)[0]]
    const { webhooks } = sdkFor(simulator)
    const sigHeader = String(headers['workos-signature'])
    expect(sigHeader).toMatch(/^t=\d{13}, v1=[0-9a-f]{64}$/)
    const event = await webhooks.constructEvent({ payload: raw, sigHeader, secret: 'whsec_of_the_test' })
    expect(event).toMatchObject({ event: 'dsync.user.updated', data: { id: user.id }, context: {} })
    await expect(webhooks.constructEvent({ payload: raw, sigHeader, secret: 'whsec_other' })).rejects.toThrow(
      'Signature',
    )
    await expect(
      webhooks.constructEvent({ payload: `${raw} `, sigHeader, secret: 'whsec_of_the_test' }),
    ).rejects.toThrow('Signature')
  })

  test('has the bytes of the event that the Events API lists', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    simulator.actions.hire()
    await simulator.settled()
    const { json } = await request(simulator, 'GET', '/events?events=dsync.user.created,dsync.group.user_added')
    expect(receiver.received.map(({ event }) => event).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(json!.data)
  })

  test('that is refused comes again until it is taken, under the same id with a new signature', async () => {
    const receiver = await createReceiver((_event, before) => (before < 2 ? 503 : 204))
    const simulator = await start({ webhookUrl: receiver.url, delivery: { retryDelaysMs: [5, 5, 5] } })
    simulator.actions.promote()
    await simulator.settled()
    expect(new Set(receiver.ids()).size).toBe(1)
    expect(simulator.deliveries()).toMatchObject([
      {
        eventId: receiver.ids()[0],
        status: 'delivered',
        attempts: [{ status: 503, answer: 'answered 503' }, { status: 503 }, { status: 204 }],
      },
    ])
    expect(new Set(receiver.received.map(({ headers }) => headers['workos-signature'])).size).toBe(3)
  })

  test('that is never taken has failed, and can be sent again by hand', async () => {
    let status = 500
    const receiver = await createReceiver(() => status)
    const simulator = await start({ webhookUrl: receiver.url, delivery: { retryDelaysMs: [1] } })
    const { events } = simulator.actions.promote()
    await simulator.settled()
    expect(simulator.deliveries()).toMatchObject([{ status: 'failed', attempts: [{ status: 500 }, { status: 500 }] }])

    status = 200
    const again = await request(simulator, 'POST', '/_simulator/redeliver', { status: 'failed' })
    expect(again.json!.data.map(({ eventId }) => eventId)).toEqual([events[0]!.id])
    await simulator.settled()
    expect(simulator.deliveries()).toMatchObject([{ status: 'delivered' }])
    await request(simulator, 'POST', '/_simulator/redeliver', { eventId: events[0]!.id })
    await simulator.settled()
    expect(receiver.ids()).toEqual(Array.from({ length: 4 }, () => events[0]!.id))
  })

  test('to nobody is retried too, and says why it failed', async () => {
    const simulator = await start({ webhookUrl: 'http://127.0.0.1:9/', delivery: { retryDelaysMs: [1] } })
    simulator.actions.promote()
    await simulator.settled()
    const [{ status, attempts }] = simulator.deliveries() as [ReturnType<typeof simulator.deliveries>[0]]
    expect(status).toBe('failed')
    expect(attempts).toHaveLength(2)
    expect(attempts[0]).toMatchObject({
      status: null,
      answer: null,
      error: expect.stringMatching(/fetch failed|bad port/),
    })
  })

  test('is not awaited for ever', async () => {
    const receiver = await createReceiver(() => new Promise(() => {}))
    const simulator = await start({ webhookUrl: receiver.url, delivery: { retryDelaysMs: [], timeoutMs: 30 } })
    simulator.actions.promote()
    await simulator.settled()
    expect(simulator.deliveries()).toMatchObject([{ status: 'failed', attempts: [{ status: null }] }])
  })

  test('is not made without an endpoint, and goes to the new one after a change', async () => {
    const receiver = await createReceiver()
    const simulator = await start()
    simulator.actions.promote()
    expect(simulator.deliveries()).toEqual([])
    expect((await request(simulator, 'PUT', '/_simulator/webhook', { url: receiver.url })).status).toBe(200)
    const { events } = simulator.actions.promote()
    await simulator.settled()
    expect(receiver.ids()).toEqual(events.map(({ id }) => id))
  })
})

describe('the initial sync', () => {
  test('announces each directory, then its users, its groups, its memberships, in this order', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url, announces: true, delivery: { concurrency: 1 } })
    await simulator.settled()
    expect(receiver.ids()).toEqual(simulator.events().map(({ id }) => id))
    const { store } = simulator
    const memberships = store.groups().flatMap(({ id }) => store.members(id))
    const times = (count: number, name: string) => Array.from({ length: count }, () => name)
    expect(receiver.names()).toEqual([
      'dsync.activated',
      ...times(12, 'dsync.user.created'),
      ...times(12, 'dsync.group.created'),
      ...times(memberships.length, 'dsync.group.user_added'),
    ])
  })

  test('has several deliveries under way at once, but not more than it may', async () => {
    const gate = Promise.withResolvers<number>()
    const receiver = await createReceiver(() => gate.promise)
    const simulator = await start({ webhookUrl: receiver.url, announces: true, delivery: { concurrency: 4 } })
    await receiver.until(4)
    // A fifth would have had the time of these round trips.
    for (let round = 0; round < 10; round += 1) await request(simulator, 'GET', '/_simulator')
    expect(receiver.received).toHaveLength(4)
    gate.resolve(200)
    await simulator.settled()
    expect(receiver.received).toHaveLength(simulator.events().length)
  })
})
