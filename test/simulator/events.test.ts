import { describe, expect, test } from 'vitest'
import { dsyncEvents } from '../../src/simulator/payload.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { handClock, request, sdkFor, start } from './start.ts'

const all = [...dsyncEvents]
const ids = (simulator: Simulator): string[] => simulator.events().map(({ id }) => id)

async function list(simulator: Simulator, query: string) {
  const { status, json } = await request(simulator, 'GET', `/events?${query}`)
  expect(status).toBe(200)
  return { ids: json!.data.map(({ id }) => id), after: json!.list_metadata.after }
}

describe('the Events API', () => {
  test('gives everything to the SDK, oldest first, page by page, with a null cursor at the tip', async () => {
    const simulator = await start({ announces: true })
    const sdk = sdkFor(simulator)
    const seen: string[] = []
    let after: string | undefined
    for (;;) {
      const page = await sdk.events.listEvents({ events: all, limit: 10, ...(after !== undefined && { after }) })
      seen.push(...page.data.map(({ id }) => id))
      after = page.data.at(-1)!.id
      if (page.listMetadata.after === null) break
      expect(page.listMetadata.after).toBe(after)
      expect(page.data).toHaveLength(10)
    }
    expect(seen).toEqual(ids(simulator))
    expect(seen).toEqual(seen.toSorted())
    expect((await sdk.events.listEvents({ events: all, after })).data).toEqual([])
  })

  test('stays oldest first though asked for the opposite', async () => {
    const simulator = await start({ announces: true })
    const page = await list(simulator, `events=${all.join(',')}&order=desc&limit=5`)
    expect(page.ids).toEqual(ids(simulator).slice(0, 5))
  })

  test('gives ten unless asked, and a hundred at most', async () => {
    const simulator = await start({ announces: true })
    expect((await list(simulator, 'events=dsync.user.created')).ids).toHaveLength(10)
    const refused = await request(simulator, 'GET', '/events?events=dsync.user.created&limit=101')
    expect(refused.json!.errors.map(({ field }) => field)).toEqual(['limit'])
  })

  test('filters by names in a comma list and by repeated events[]', async () => {
    const simulator = await start({ announces: true })
    const wanted = ['dsync.activated', 'dsync.group.created']
    const expected = simulator.events().filter(({ event }) => wanted.includes(event))
    const [comma, repeated] = [`events=${wanted.join(',')}`, wanted.map((name) => `events[]=${name}`).join('&')]
    for (const query of [comma, repeated]) {
      expect((await list(simulator, `${query}&limit=100`)).ids).toEqual(expected.map(({ id }) => id))
    }
    // Another name's event is a place in the list all the same.
    const last = simulator.events().at(-1)!.id
    expect(await list(simulator, `${comma}&after=${last}`)).toEqual({ ids: [], after: null })
  })

  test('takes a range of time, which excludes a cursor', async () => {
    const clock = handClock()
    const simulator = await start({ clock })
    for (let hour = 0; hour < 4; hour += 1) {
      simulator.actions.promote()
      clock.turn(3_600_000)
    }
    const range = 'range_start=2026-11-23T13:00:00Z&range_end=2026-11-23T14:30:00Z'
    expect((await list(simulator, `events=dsync.user.updated&${range}`)).ids).toEqual(ids(simulator).slice(1, 3))
    const both = await request(
      simulator,
      'GET',
      `/events?events=dsync.user.updated&${range}&after=${ids(simulator)[0]}`,
    )
    expect([both.status, both.json!.errors.map(({ field }) => field)]).toEqual([422, ['range_start', 'range_end']])
    const odd = await request(simulator, 'GET', '/events?events=dsync.user.updated&range_start=yesterday')
    expect([odd.status, odd.json!.errors[0]!['field']]).toEqual([422, 'range_start'])
  })

  test('filters by organization, also membership events, which name it only in the group', async () => {
    const simulator = await start({ directories: 2, announces: true })
    const { organization_id } = simulator.store.directories()[1]!.object
    const { store } = simulator
    const members = store.groups(store.directories()[1]!.object.id).flatMap(({ id }) => store.members(id))
    const found = await list(simulator, `events=dsync.group.user_added&limit=100&organization_id=${organization_id}`)
    expect(found.ids).toHaveLength(members.length)
  })

  test('wants names, and no wildcard', async () => {
    const simulator = await start()
    for (const query of ['', '?events=dsync.*', '?events=']) {
      const { status, json } = await request(simulator, 'GET', `/events${query}`)
      expect([status, json!.errors[0]!['field']]).toEqual([422, 'events'])
    }
  })

  test('answers 400 to a cursor it does not know or has forgotten', async () => {
    const simulator = await start({ announces: true })
    const [first] = ids(simulator)
    const unknown = sdkFor(simulator).events.listEvents({ events: all, after: 'event_01E1JG7J09H96KYP8HM9B0G5SJ' })
    await expect(unknown).rejects.toMatchObject({ status: 400 })
    expect((await list(simulator, `events=dsync.user.created&after=${first}`)).ids).toHaveLength(10)
    await request(simulator, 'POST', '/_simulator/forget', { keep: 3 })
    const query = `/events?events=dsync.group.user_added&after=${first}`
    expect((await request(simulator, 'GET', query)).status).toBe(400)
    expect((await list(simulator, 'events=dsync.group.user_added')).ids).toEqual(ids(simulator))
    expect(ids(simulator)).toHaveLength(3)
  })

  test('forgets the oldest by itself when there are too many', async () => {
    const simulator = await start({ eventCapacity: 10 })
    const first = simulator.actions.promote().events[0]!
    simulator.actions.bulkHire({ count: 5 })
    expect(simulator.events().length).toBeLessThanOrEqual(10)
    expect((await request(simulator, 'GET', `/events?events=dsync.user.created&after=${first.id}`)).status).toBe(400)
  })
})
