// Hundreds of events of two companies at once, on two instances: one of them loses half of its people, the other lives
// on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { event } from '../support/events.ts'
import { companyOf, range, startGuarded, type Company, type Guarded } from './guarded.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let instances: Guarded[]
beforeAll(async () => {
  database = await createTestDatabase()
  instances = [await startGuarded(database), await startGuarded(database)]
})
afterAll(async () => {
  for (const instance of instances) await instance.close()
  await database.drop()
})

/** An ordinary day: nobody leaves but two, a few memberships end, and much else happens. */
const day = (company: Company) => [
  ...range(40).map((n) => company.renamed(n, 'Day', 140)),
  ...range(30, 60).map((n) => company.hired(n, 150)),
  ...range(20, 60).map((n) => company.joined('staff', n, 160)),
  ...range(5).map((n) => company.quit('staff', n, 170)),
  ...range(2, 50).map((n) => company.left(n, 180)),
]

test('the burst of one company is held, and everything else of both goes on', { timeout: 60_000 }, async () => {
  const [burst, calm] = ['burst', 'calm'].map((name) => instances[0]!.company(name))
  for (const company of [burst!, calm!])
    await company.tellAtOnce(
      ...range(60).map((n) => company.hired(n)),
      ...range(60).map((n) => company.joined('staff', n)),
    )
  const leaving = range(30).flatMap((n) => [burst!.deactivated(n, 190), burst!.left(n, 191)])
  const all = [...leaving, ...day(burst!), ...day(calm!)]
  // In no order, each to one of both.
  const mixed = all.map((one, n) => [(n * 7_919) % all.length, one] as const).sort(([a], [b]) => a - b)
  await Promise.all(mixed.map(([, one], n) => instances[n % 2]!.app.deliver(one)))
  await instances[0]!.app.applied()

  expect(await calm!.held()).toEqual([])
  expect([await calm!.count('ACTIVE'), await calm!.memberships()]).toEqual([88, 73])
  expect(await calm!.health()).toMatchObject({ heldChanges: 0, pendingEvents: 0 })
  // Some may have gone before the others came in: as many, and no more, as may always go.
  const there = await burst!.count('ACTIVE')
  expect(there).toBeGreaterThanOrEqual(90 - 20)
  expect(await burst!.health()).toMatchObject({ status: 'DEGRADED', pendingEvents: 0 })
  expect(await burst!.guardChanges()).toMatchObject([{ kind: 'HELD' }])
  for (const what of range(10, 30).map((n) => `renamed_${n}_Day`)) expect(await burst!.status(what)).toBe('APPLIED')

  // Everybody of the burst is told to be back: who has gone is, and who is held waits for it behind their leaving.
  const before = await burst!.health()
  const back = range(30).map((n) => event('dsync.user.updated', burst!.person(n), 192, `burst_back_${n}`))
  await Promise.all(back.map((one, n) => instances[n % 2]!.app.deliver(one)))
  await instances[0]!.app.applied()
  const waiting = (await burst!.health()).heldChanges - before.heldChanges
  expect(waiting).toBeGreaterThanOrEqual(10)
  expect(await burst!.count('ACTIVE')).toBe(there + 30 - waiting)

  const elsewhere = companyOf(instances[1]!.app, instances[1]!.key, 'burst')
  await elsewhere.approve()
  expect(await elsewhere.held()).toEqual([])
  // All are there again, but the two who left on an ordinary day.
  expect([await burst!.count('ACTIVE'), await burst!.memberships()]).toEqual([88, 73])
  const unsettled = await instances[0]!.app.db.prisma.inboxEvent.count({
    where: { status: { notIn: ['APPLIED', 'STALE'] } },
  })
  expect(unsettled).toBe(0)
})
