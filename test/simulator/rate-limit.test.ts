import { expect, test } from 'vitest'
import { handClock, onlyDirectory, request, sdkFor, start } from './start.ts'

test('a directory gives its users four times a second, then answers 429 with Retry-After', async () => {
  const clock = handClock()
  const simulator = await start({ rateLimits: true, clock, directories: 2 })
  const [one, other] = simulator.store.directories().map(({ object }) => object.id)
  const status = async (path: string) => (await request(simulator, 'GET', path)).status
  const user = simulator.store.users(one)[0]!
  const group = simulator.store.groups(one)[0]!
  expect(await status(`/directory_users?directory=${one}`)).toBe(200)
  expect(await status(`/directory_users?group=${group.id}`)).toBe(200)
  clock.turn(400)
  expect(await status(`/directory_users/${user.id}`)).toBe(200)
  expect(await status(`/directory_users?directory=${one}`)).toBe(200)
  const refused = await request(simulator, 'GET', `/directory_users?directory=${one}`)
  expect([refused.status, refused.json, refused.headers.get('retry-after')]).toEqual([429, 'Ratelimited', '1'])

  expect(await status(`/directory_users?directory=${other}`)).toBe(200)
  expect(await status(`/directory_groups?directory=${one}`)).toBe(200)
  clock.turn(599)
  expect(await status(`/directory_users?directory=${one}`)).toBe(429)
  clock.turn(1)
  expect(await status(`/directory_users?directory=${one}`)).toBe(200)
})

test('the SDK sees a rate limit as such, and gets through by waiting as long as it was told', async () => {
  const simulator = await start({ rateLimits: true })
  const directory = onlyDirectory(simulator).id
  const hasty = sdkFor(simulator)
  const calls = Array.from({ length: 5 }, () => hasty.directorySync.listUsers({ directory }))
  const refused = (await Promise.allSettled(calls)).filter((call) => call.status === 'rejected')
  expect(refused.map(({ reason }) => reason as unknown)).toMatchObject([{ status: 429, retryAfter: 1 }])
  const users = await sdkFor(simulator, 3).directorySync.listUsers({ directory })
  expect(users.data).toHaveLength(10)
})

test('a key has six thousand calls a minute', async () => {
  const clock = handClock()
  const simulator = await start({ rateLimits: true, clock, directories: [] })
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(Array.from({ length: 100 }, () => request(simulator, 'GET', '/directories')))
  }
  expect((await request(simulator, 'GET', '/directories')).status).toBe(429)
  clock.turn(60_000)
  expect((await request(simulator, 'GET', '/directories')).status).toBe(200)
})
