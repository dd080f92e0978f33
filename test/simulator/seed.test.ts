import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { handClock, start } from './start.ts'

const everything = ({ store }: Simulator) => ({
  organizations: store.organizations(),
  directories: store.directories().map(({ object }) => object),
  users: store.users(),
  groups: store.groups(),
  members: store.groups().map(({ id }) => store.members(id).map((user) => user.id)),
})

test('the same seed is the same company, to the last timestamp, whenever it starts', async () => {
  const [early, late] = [handClock(), handClock(Date.parse('2031-01-01T00:00:00Z'))]
  const options = { directories: 3, usersPerDirectory: 20, seed: 7 }
  const first = await start({ ...options, clock: early })
  const second = await start({ ...options, clock: late })
  expect(everything(second)).toEqual(everything(first))
  expect(first.store.users()).toHaveLength(60)
  expect(first.store.users().every(({ updated_at }) => updated_at < '2026-03-02')).toBe(true)
})

// A database that was kept meets these again: an id that changes leaves a second company in it.
test('the first directory and the first user of the default seed never change', async () => {
  const { store } = await start()
  expect(store.directories()[0]!.object).toMatchObject({
    id: 'directory_01JJGXDPM043BHGGPTRJSZ450D',
    created_at: '2025-01-26T09:00:00.000Z',
  })
  expect(store.users()[0]).toMatchObject({
    id: 'directory_user_01JJGXDPM1X08W6J0RFGWYGHVD',
    email: 'emeka.maier@northwind.example',
    updated_at: '2025-01-26T09:00:00.001Z',
  })
})

test('another seed is another company', async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })]
  const ids = (simulator: Simulator) => new Set(simulator.store.users().map(({ id }) => id))
  expect(ids(one).isDisjointFrom(ids(other))).toBe(true)
})

test('more users or directories do not change those that were there', async () => {
  const small = await start({ directories: 1, usersPerDirectory: 5 })
  const large = await start({ directories: 3, usersPerDirectory: 30 })
  const { id } = small.store.directories()[0]!.object
  expect(large.store.users(id).slice(0, 5)).toEqual(small.store.users(id))
  expect(large.store.groups(id)).toEqual(small.store.groups(id))
})

test('the second start announces the same objects in new events', async () => {
  const clock = handClock()
  const first = await start({ announces: true, clock })
  clock.turn(60_000)
  const second = await start({ announces: true, clock })
  expect(second.events().map(({ data }) => data)).toEqual(first.events().map(({ data }) => data))
  const ids = new Set(first.events().map(({ id }) => id))
  expect(ids.isDisjointFrom(new Set(second.events().map(({ id }) => id)))).toBe(true)
  expect(second.events().every(({ created_at }) => created_at === '2026-11-23T12:01:00.000Z')).toBe(true)
})

test('life repeats itself under the same seed and clock, and not under another seed', async () => {
  const live = async (seed: number) => {
    const clock = handClock()
    const simulator = await start({ seed, clock, directories: 3 })
    for (let day = 0; day < 50; day += 1) {
      clock.turn(1000)
      simulator.step()
    }
    return simulator.events()
  }
  const once = await live(3)
  expect(await live(3)).toEqual(once)
  expect((await live(4)).map(({ event }) => event)).not.toEqual(once.map(({ event }) => event))
})

test('a long life knows all eight things that happen to people and groups, and keeps its size', async () => {
  const simulator = await start({ directories: 3, usersPerDirectory: 20, eventCapacity: 1_000_000 })
  for (let day = 0; day < 1500; day += 1) expect(simulator.step().length).toBeGreaterThan(0)
  const seen = new Set(simulator.events().map(({ event }) => event))
  expect([...seen].toSorted()).toEqual([
    'dsync.group.created',
    'dsync.group.deleted',
    'dsync.group.updated',
    'dsync.group.user_added',
    'dsync.group.user_removed',
    'dsync.user.created',
    'dsync.user.deleted',
    'dsync.user.updated',
  ])
  const active = simulator.store.users().filter(({ state }) => state === 'active').length
  expect(active).toBeGreaterThan(50)
  expect(active).toBeLessThan(70)
  expect(simulator.store.directories()).toHaveLength(3)
})

test('event ids sort in the order in which things happened, also within one millisecond', async () => {
  const simulator = await start({ announces: true, clock: handClock() })
  const ids = simulator.events().map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted())
  expect(ids[0]).toMatch(/^event_[0-9A-HJKMNP-TV-Z]{26}$/)
})

test('a company that was kept goes on as it has become, and knows whom it had', async () => {
  const keepIn = join(await mkdtemp(join(tmpdir(), 'rollcall-test-')), 'data', 'simulator.json')
  onTestFinished(() => rm(dirname(dirname(keepIn)), { recursive: true }))
  const first = await createSimulator({ keepIn, directories: ['okta', 'entra'], usersPerDirectory: 20 })
  for (let deed = 0; deed < 100; deed += 1) first.step()
  const [gone] = first.store.departed()
  await first.close()
  const second = await createSimulator({ keepIn, announces: false })
  onTestFinished(() => second.close())
  expect(everything(second)).toEqual(everything(first))
  expect(second.store.departed()).toEqual(first.store.departed())
  expect(second.events()).toEqual(first.events().slice(-1_000))
  expect(second.store.isAddressTaken(gone!.user.directory_id, gone!.user.email!)).toBe(true)
  expect(second.actions.rehire({ userId: gone!.user.id, sameId: true }).user.id).toBe(gone!.user.id)
  for (let deed = 0; deed < 100; deed += 1) expect(second.step()).not.toEqual([])
  second.reset()
  expect(everything(second)).toEqual(everything(await start({ directories: 3, usersPerDirectory: 40 })))
})
