import type { ExecutionResult } from 'graphql'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Delivery } from '../../src/changes/feed.ts'
import type { Lease } from '../../src/changes/lease.ts'
import type { ChangeFilter } from '../../src/changes/filter.ts'
import { pullResults } from '../../src/http/sharing/pull-results.ts'
import { createSharing, type Sharing } from '../../src/http/sharing/shared-results.ts'
import type { SharedOperation } from '../../src/http/sharing/shared-operation.ts'
import { changeLogs, range, restore, type ChangeLog } from '../changes/change-log.ts'

const openChangeLog = changeLogs()

interface Following {
  /** Positions, or the reasons of declared gaps, in the order in which it was told. */
  readonly told: (number | string)[]
  /** How many of them it was told with others. */
  together(): number
  /** Resolves when it has been told so many. */
  reached(count: number): Promise<void>
  /** Whether it takes what it is told with others. */
  takes: boolean
  leave(): Promise<void>
  readonly ended: Promise<void>
}

const viewer = { kind: 'API_KEY', id: 'key', organizationId: null, scopes: [], expiresAt: null } as const

interface World {
  readonly log: ChangeLog
  /** How many results were made. */
  made(): number
  /** How many subscribers are told together with others, whether or not there are any. */
  seated(): number
  follow(
    after: number | null,
    options?: { key?: string; filter?: ChangeFilter; signal?: AbortSignal },
  ): Promise<Following>
  /** The same, by asking for one after the other. */
  pull(after: number | null): Promise<AsyncIterableIterator<ExecutionResult>>
}

async function openWorld(
  options: Parameters<typeof openChangeLog>[0] = {},
  broken = (): Error | null => null,
): Promise<World> {
  const log = await openChangeLog(options)
  const sharing = createSharing(log.feed)
  let [made, seated] = [0, 0]
  async function* execute(deliveries: AsyncIterable<Delivery>): AsyncGenerator<ExecutionResult> {
    for await (const { item } of deliveries) {
      await turn()
      made += 1
      yield { data: { told: 'discontinuity' in item ? item.reason : item.position } }
    }
  }
  return {
    log,
    made: () => made,
    seated: () => seated,
    follow: async (after, { signal = new AbortController().signal, ...options } = {}) =>
      follow(sharing, operationOf(after, options), signal),
    pull: async (after) =>
      (await pullResults((listener) =>
        sharing.subscribe(
          operationOf(after, {}),
          () => ({ signal: new AbortController().signal, close: () => {} }),
          listener,
        ),
      )) as AsyncIterableIterator<ExecutionResult>,
  }

  function operationOf(
    after: number | null,
    { key = 'same', filter = {} }: { key?: string; filter?: ChangeFilter },
  ): SharedOperation {
    let sits = false
    return {
      key,
      viewer,
      async begin({ id }, source, open) {
        const error = broken()
        if (error !== null && id !== viewer.id) throw error
        if (sits && id === viewer.id) [sits, seated] = [false, seated - 1]
        const observed = (): Lease => {
          const lease = open()
          return {
            signal: lease.signal,
            close: () => lease.close(),
            handOver: (position, leave) => {
              if (lease.handOver?.(position, leave) !== true) return false
              ;[sits, seated] = [true, seated + 1]
              return true
            },
          }
        }
        return execute(await source.subscribe(filter, after, observed))
      },
    }
  }
}

async function follow(sharing: Sharing, operation: SharedOperation, signal: AbortSignal): Promise<Following> {
  let wake = () => {}
  let together = 0
  const hear = ({ data }: ExecutionResult) => {
    following.told.push(data!.told as number | string)
    wake()
  }
  const results = (await sharing.subscribe(operation, () => ({ signal, close: () => {} }), {
    take(result) {
      if (!following.takes) return false
      together += 1
      hear(result)
      return true
    },
  })) as AsyncIterableIterator<ExecutionResult>
  const ended = (async () => {
    for await (const result of results) hear(result)
  })()
  ended.catch(() => {}) // whoever waits for it hears of it
  const following: Following = {
    told: [],
    takes: true,
    ended,
    together: () => together,
    leave: async () => void (await results.return!()),
    async reached(count) {
      while (following.told.length < count) await new Promise<void>((resolve) => (wake = resolve))
    },
  }
  return following
}

/** Waits for what nothing announces. */
async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); await turn())
    if (Date.now() > deadline) throw new Error('It did not come to be')
}

const allSeated = (world: World, count: number) => until(() => world.seated() === count)
const nobodyFollows = ({ log }: World) => until(() => log.open().followers === 0)

test('who has subscribed to the same is told of a change by one execution', async () => {
  const world = await openWorld()
  const all = await Promise.all(range(1, 50).map(() => world.follow(null)))
  await allSeated(world, 50)
  expect(world.log.feed.subscribers()).toBe(50)
  await world.log.append(3)
  await world.log.append(2)
  await Promise.all(all.map((one) => one.reached(5)))
  expect(all.map(({ told }) => told)).toEqual(all.map(() => range(1, 5)))
  expect(world.made()).toBe(5)
  await Promise.all(all.map((one) => one.leave()))
  expect(world.log.feed.subscribers()).toBe(0)
  await nobodyFollows(world)
})

test('who has another key is told by an execution of its own', async () => {
  const world = await openWorld()
  const one = await world.follow(null, { key: 'one', filter: { directoryUserId: 'directory_user_one' } })
  const two = await world.follow(null, { key: 'two', filter: { directoryUserId: 'directory_user_two' } })
  await allSeated(world, 2)
  await world.log.append(2, { directoryUserId: 'directory_user_one' })
  await world.log.append(1, { directoryUserId: 'directory_user_two' })
  await Promise.all([one.reached(2), two.reached(1)])
  expect([one.told, two.told, world.made()]).toEqual([[1, 2], [3], 3])
})

test('who comes with a cursor is alone until it is up to date, and then one of the others', async () => {
  const world = await openWorld()
  await world.log.append(300)
  const first = await world.follow(null)
  const second = await world.follow(100)
  await second.reached(200)
  await allSeated(world, 2)
  const before = world.made()
  await world.log.append(4)
  await Promise.all([first.reached(4), second.reached(204)])
  expect(first.told).toEqual(range(301, 304))
  expect(second.told).toEqual(range(101, 304))
  expect([second.together(), world.made() - before]).toEqual([4, 4])
})

test('who has not taken the last one goes on alone from there, and comes back', async () => {
  const world = await openWorld()
  const fast = await world.follow(null)
  const slow = await world.follow(null)
  await allSeated(world, 2)
  await world.log.append(2)
  await slow.reached(2)
  slow.takes = false
  await world.log.append(3)
  await Promise.all([fast.reached(5), slow.reached(5)])
  slow.takes = true
  await allSeated(world, 2)
  await world.log.append(2)
  await Promise.all([fast.reached(7), slow.reached(7)])
  expect(fast.told).toEqual(range(1, 7))
  expect(slow.told).toEqual(range(1, 7))
  expect(slow.together()).toBe(4)
})

test('a gap that is declared to all is declared to who cannot take it now, too', async () => {
  const world = await openWorld({ maxLag: 50, size: 1_000 })
  const fast = await world.follow(null)
  const slow = await world.follow(null)
  await allSeated(world, 2)
  slow.takes = false
  await world.log.append(60) // more than anybody may fall behind, at once
  await Promise.all([fast.reached(1), slow.reached(1)])
  expect([fast.told, slow.told]).toEqual([['TOO_SLOW'], ['TOO_SLOW']])
  await world.log.append(1)
  await Promise.all([fast.reached(2), slow.reached(2)])
  expect([fast.told, slow.told]).toEqual([
    ['TOO_SLOW', 61],
    ['TOO_SLOW', 61],
  ])
})

test('while writers write and subscribers come, go and are slow, each is told each change once and in order', async () => {
  const world = await openWorld({ size: 100 })
  const last = 1_500
  const writer = async () => {
    while ((await world.log.append(1 + Math.floor(Math.random() * 9))) < last) await turn()
  }
  const reader = async (n: number) => {
    while ((await world.log.append(1)) < n * 30) await turn()
    const { rows } = await world.log.db.pool.query<{ position: number }>('select position from change_clock')
    const after = Math.floor(Math.random() * rows[0]!.position)
    const reader = await world.follow(after)
    const moody = setInterval(() => (reader.takes = Math.random() < 0.7), 1)
    await reader.reached(last - after)
    clearInterval(moody)
    expect(reader.told.slice(0, last - after)).toEqual(range(after + 1, last))
    await reader.leave()
  }
  const steady = await Promise.all([world.follow(null), world.follow(null)])
  await allSeated(world, 2)
  await Promise.all([...range(1, 25).map(reader), writer(), writer()])
  for (const one of steady) {
    await one.reached(last)
    expect(one.told.slice(0, last)).toEqual(range(1, last))
    expect(one.together()).toBeGreaterThan(0)
    await one.leave()
  }
  await nobodyFollows(world)
  expect(world.log.feed.subscribers()).toBe(0)
  expect(world.log.errors).toEqual([])
})

test('who asks for one after the other is told each once and in order too, with the others where it is quick enough', async () => {
  const world = await openWorld({ size: 100 })
  const last = 1_000
  const steady = await world.follow(null)
  const rests = [() => Promise.resolve(), turn, () => new Promise<void>((resolve) => setTimeout(resolve, 2))]
  const readers = await Promise.all(
    [...rests, ...rests].map(async (rest, n) => {
      const results = await world.pull(n < 3 ? null : 0)
      return async () => {
        const told: unknown[] = []
        for await (const { data } of results) {
          told.push(data!.told)
          if (data!.told === last) break
          await rest()
        }
        return told
      }
    }),
  )
  const all = Promise.all(readers.map((read) => read()))
  await allSeated(world, 7)
  const before = world.made()
  while ((await world.log.append(1 + Math.floor(Math.random() * 4))) < last) await turn()
  expect(await all).toEqual(readers.map(() => range(1, last)))
  // One for those who are quick, and one each for the two who are not.
  expect(world.made() - before).toBeGreaterThan(2 * last)
  expect(world.made() - before).toBeLessThan(4 * last)
  await steady.reached(last)
  await steady.leave()
  await nobodyFollows(world)
  expect(world.log.feed.subscribers()).toBe(0)
})

test('all that are told together are told that the log was restored, and go on with the new one', async () => {
  const world = await openWorld({ pollMs: 60_000 })
  const all = await Promise.all([world.follow(null), world.follow(null)])
  await allSeated(world, 2)
  await world.log.append(12)
  for (const one of all) await one.reached(12)
  await restore(world.log, 6)
  await world.log.append(10)
  for (const one of all) await one.reached(13)
  await world.log.append(2)
  for (const one of all) {
    await one.reached(15)
    expect(one.told).toEqual([...range(1, 12), 'AHEAD', 17, 18])
    expect(one.together()).toBeGreaterThan(12)
    await one.leave()
  }
  await nobodyFollows(world)
})

test('whose credential ends is told so while it is told with others, and the others go on', async () => {
  const world = await openWorld()
  const ended = new AbortController()
  const one = await world.follow(null, { signal: ended.signal })
  const other = await world.follow(null)
  await allSeated(world, 2)
  ended.abort(new Error('The credential has ended'))
  await expect(one.ended).rejects.toThrow('The credential has ended')
  expect(world.log.feed.subscribers()).toBe(1)
  await world.log.append(1)
  await other.reached(1)
  expect([one.told, other.told]).toEqual([[], [1]])
})

test('what keeps it from being executed for all is told to all of them', async () => {
  const world = await openWorld({}, () => new Error('It is broken'))
  const all = [await world.follow(null), await world.follow(null)]
  for (const { ended } of all) await expect(ended).rejects.toThrow('It is broken')
  expect(world.log.feed.subscribers()).toBe(0)
})
