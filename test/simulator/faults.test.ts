import { describe, expect, test } from 'vitest'
import { createReceiver } from './receiver.ts'
import { onlyDirectory, request, sdkFor, start } from './start.ts'

describe('deliveries misbehave on request:', () => {
  test('dropped ones never come, but the Events API has them', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    simulator.faults.set({ dropped: { count: 1 } })
    const lost = simulator.actions.promote().events[0]!
    const kept = simulator.actions.promote().events[0]!
    await simulator.settled()
    expect(receiver.ids()).toEqual([kept.id])
    expect(simulator.deliveries()).toMatchObject([{ eventId: lost.id, status: 'dropped', attempts: [] }, {}])
    const { data } = await sdkFor(simulator).events.listEvents({ events: ['dsync.user.updated'] })
    expect(data.map(({ id }) => id)).toEqual([lost.id, kept.id])
  })

  test('duplicated ones come twice', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    simulator.faults.set({ duplicated: { count: 1 } })
    const { id } = simulator.actions.promote().events[0]!
    simulator.actions.promote()
    await simulator.settled()
    expect(receiver.ids().filter((one) => one === id)).toHaveLength(2)
    expect(receiver.received).toHaveLength(3)
  })

  test('late ones come after what happened later', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url, delivery: { concurrency: 1 } })
    simulator.faults.set({ late: { count: 1, delayMs: 60 } })
    const events = [1, 2, 3].map(() => simulator.actions.promote().events[0]!.id)
    await simulator.settled()
    expect(receiver.ids()).toEqual([events[1], events[2], events[0]])
  })

  test('reordered ones change places with the next', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url, delivery: { concurrency: 1 } })
    simulator.faults.set({ reordered: { count: 1, delayMs: 60_000 } })
    const events = [1, 2, 3].map(() => simulator.actions.promote().events[0]!.id)
    await simulator.settled()
    expect(receiver.ids()).toEqual([events[1], events[0], events[2]])
  })

  test('a reordered one that nothing follows comes all the same', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    simulator.faults.set({ reordered: { count: 1, delayMs: 5 } })
    const { id } = simulator.actions.promote().events[0]!
    await simulator.settled()
    expect(receiver.ids()).toEqual([id])
  })

  test('a fault may be for one event name only, and for a share of them', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    simulator.faults.set({ dropped: { match: 'dsync.group.user_added' } })
    simulator.actions.hire()
    await simulator.settled()
    expect(receiver.names()).toEqual(['dsync.user.created'])
    simulator.faults.set({ dropped: { probability: 0.5 } })
    simulator.actions.bulkHire({ count: 50 })
    await simulator.settled()
    expect(receiver.received.length).toBeGreaterThan(40)
    expect(receiver.received.length).toBeLessThan(110)
  })
})

describe('the API misbehaves on request:', () => {
  test('429 with Retry-After, which the SDK waits out', async () => {
    const simulator = await start()
    simulator.faults.set({ rateLimited: { count: 1 } })
    const refused = await request(simulator, 'GET', '/directories')
    expect([refused.status, refused.json, refused.headers.get('retry-after')]).toEqual([429, 'Ratelimited', '1'])
    expect((await request(simulator, 'GET', '/directories')).status).toBe(200)
  })

  test('500, so many times', async () => {
    const simulator = await start()
    simulator.faults.set({ serverError: { count: 2, match: '/directory_groups' } })
    const { directorySync } = sdkFor(simulator)
    expect((await directorySync.listDirectories()).data).toHaveLength(1)
    await expect(directorySync.listGroups({})).rejects.toMatchObject({ status: 500 })
    await expect(directorySync.listGroups({})).rejects.toMatchObject({ status: 500 })
    expect((await directorySync.listGroups({})).data).toHaveLength(10)
  })

  test('503 with a page of HTML, for as long as it is to be away', async () => {
    const simulator = await start()
    simulator.faults.set({ outage: {} })
    const { status, headers, text } = await request(simulator, 'GET', '/directories')
    expect([status, headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(text).toContain('Service Unavailable')
    simulator.faults.clear()
    expect((await request(simulator, 'GET', '/directories')).status).toBe(200)
  })

  test('a connection that breaks without an answer', async () => {
    const simulator = await start()
    simulator.faults.set({ hangUp: { count: 1 } })
    await expect(request(simulator, 'GET', '/directories')).rejects.toThrow('fetch failed')
    expect((await request(simulator, 'GET', '/directories')).status).toBe(200)
  })

  test('slow answers', async () => {
    const simulator = await start()
    simulator.faults.set({ slow: { count: 1, delayMs: 80 } })
    const began = performance.now()
    await request(simulator, 'GET', '/directories')
    expect(performance.now() - began).toBeGreaterThanOrEqual(79)
  })

  test('a cursor of the Events API that has expired, though the event is there', async () => {
    const simulator = await start({ announces: true })
    simulator.faults.set({ expiredCursor: { count: 1 } })
    const query = { events: ['dsync.user.created' as const], after: simulator.events()[0]!.id }
    const { events } = sdkFor(simulator)
    await expect(events.listEvents(query)).rejects.toMatchObject({ status: 400 })
    expect((await events.listEvents(query)).data).toHaveLength(10)
  })

  test('an empty page and half a page where there is a whole one', async () => {
    const simulator = await start()
    const path = `/directory_users?directory=${onlyDirectory(simulator).id}`
    simulator.faults.set({ emptyPage: { count: 1 } })
    const empty = await request(simulator, 'GET', path)
    expect(empty.json).toMatchObject({ data: [], list_metadata: { before: null, after: null } })
    simulator.faults.set({ brokenBody: { count: 1 } })
    await expect(request(simulator, 'GET', path)).rejects.toThrow(SyntaxError)
    expect((await request(simulator, 'GET', path)).json!.data).toHaveLength(10)
  })
})
