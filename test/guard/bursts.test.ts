// The mass-change guard for the stream of events: what it stops, and what it lets pass.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { event } from '../support/events.ts'
import { range, startGuarded, type Company, type Guarded } from './guarded.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let guarded: Guarded
beforeAll(async () => {
  database = await createTestDatabase()
  guarded = await startGuarded(database)
})
afterAll(async () => {
  await guarded.close()
  await database.drop()
})

let companies = 0
/** A company of its own, with so many people. */
async function companyOf(people: number): Promise<Company> {
  companies += 1
  const company = guarded.company(`c${companies}`)
  await company.tellAtOnce(...range(people).map((n) => company.hired(n)))
  return company
}

const names = (what: string, numbers: readonly number[]) => numbers.map((n) => `${what}_${n}`).sort()

test('of 100 people, ten who are deleted at once go at once', async () => {
  const company = await companyOf(100)
  await company.tellAtOnce(...range(10).map((n) => company.left(n)))
  expect([await company.count('ACTIVE'), await company.count('DELETED')]).toEqual([90, 10])
  expect(await company.health()).toMatchObject({ heldChanges: 0 })
  expect(await company.guardChanges()).toEqual([])
})

test('of 100 people, thirty who are deleted at once wait, all of them, until somebody approves', async () => {
  const company = await companyOf(100)
  await company.tellAtOnce(...range(30).map((n) => company.left(n)))
  expect(await company.count('ACTIVE')).toBe(100)
  expect(await company.held()).toEqual(names('left', range(30)))
  expect(await company.health()).toMatchObject({
    status: 'DEGRADED',
    heldChanges: 30,
    pendingEvents: 0,
    reasons: [
      '30 events held by the guard, since 30 of them would remove too much at once: somebody has to approve or reject',
    ],
  })
  const held = {
    kind: 'HELD',
    source: 'WEBHOOK',
    actor: null,
    reason: '30 of 100 active users would be offboarded within 10 minutes; the limit is 20',
    users: 30,
    memberships: 0,
    events: 30,
  }
  expect(await company.guardChanges()).toEqual([held])

  expect(await company.approve()).toBe(30)
  expect([await company.count('ACTIVE'), await company.count('DELETED'), await company.held()]).toEqual([70, 30, []])
  const decision = { source: 'MUTATION', actor: guarded.actor, reason: null, users: null, memberships: null }
  expect(await company.guardChanges()).toEqual([held, { ...decision, kind: 'APPROVED', events: 30 }])
  // What somebody approved of does not count for what comes after it.
  await company.tellAtOnce(...range(14, 30).map((n) => company.left(n)))
  expect(await company.count('ACTIVE')).toBe(56)
})

test('who leaves one after the other counts together, and the burst stops before the first too many', async () => {
  const company = await companyOf(100)
  await company.tell(...range(23).map((n) => company.left(n)))
  expect(await company.count('ACTIVE')).toBe(80)
  expect(await company.held()).toEqual(names('left', range(3, 20)))
  expect(await company.guardChanges()).toMatchObject([{ users: 21, events: 1 }])
})

test('the larger of both thresholds counts, and those of the directory', async () => {
  const company = await companyOf(150)
  await company.tellAtOnce(...range(30).map((n) => company.left(n)))
  expect(await company.count('ACTIVE'), 'twenty of a hundred').toBe(120)
  const strict = await companyOf(10)
  await strict.limits(2, 0)
  await strict.tellAtOnce(strict.left(0), strict.deactivated(1))
  expect(await strict.count('ACTIVE')).toBe(8)
  await strict.tell(strict.deactivated(2))
  expect(await strict.held()).toEqual(['deactivated_2'])
})

test('the rest of a burst is held as it comes, on another instance and after a restart, and the others go on', async () => {
  const company = await companyOf(100)
  await company.tellAtOnce(...range(30).map((n) => company.left(n)))
  await company.tell(company.left(30), company.renamed(31, 'Other'))
  expect(await company.held()).toEqual(names('left', range(31)))
  await guarded.close()
  const [first, second] = [await startGuarded(database), await startGuarded(database)]
  guarded = first
  const [here, there] = [first, second].map((one) => one.company(company.id.slice('directory_'.length)))
  await there!.tell(there!.left(32))
  await here!.tell(here!.left(33), here!.hired(200), here!.quit('staff', 34))
  await second.close()
  expect(await here!.held()).toEqual(names('left', [...range(31), 32, 33]))
  expect(await here!.count('ACTIVE')).toBe(101)
  expect(await here!.guardChanges()).toHaveLength(1)
})

test('what comes later of somebody who is held waits behind it, and goes on after it', async () => {
  const company = await companyOf(10)
  await company.tell(company.joined('staff', 0), company.joined('staff', 5))
  await company.limits(1, 0)
  await company.tellAtOnce(
    company.left(0, 100),
    company.left(1, 100),
    // The user, each of their memberships, but neither those groups nor the others in them.
    company.renamed(0, 'Back', 110),
    company.quit('staff', 0, 111),
    company.joined('board', 0, 112),
    event('dsync.group.updated', { ...company.group('staff'), name: 'Crew' }, 113, `${company.id.slice(10)}_crew`),
    company.joined('staff', 6, 114),
    company.quit('staff', 5, 115),
    company.renamed(5, 'Eve', 116),
  )
  await company.tell(company.joined('board', 6, 120), company.joined('board', 1, 121), company.renamed(1, 'Late', 90))
  expect(await company.held()).toEqual([
    'joined_board_0',
    'joined_board_1',
    'left_0',
    'left_1',
    'quit_staff_0',
    'renamed_0_Back',
  ])
  expect(await company.count('ACTIVE')).toBe(10)
  expect(await company.approve()).toBe(6)
  const applied = await guarded.app.db.prisma.change.findMany({
    where: {
      directoryId: company.id,
      userId: `directory_user_c${companies}-u0`,
      kind: { not: 'DIRECTORY_USER_CREATED' },
    },
    orderBy: { position: 'asc' },
  })
  expect(applied.map(({ kind, eventId }) => `${kind} ${eventId!.replace(/^c\d+_/, '')}`)).toEqual([
    'USER_PROVISIONED hired_0',
    'MEMBERSHIP_ADDED joined_staff_0',
    'DIRECTORY_USER_DELETED left_0',
    'MEMBERSHIP_REMOVED left_0',
    'DIRECTORY_USER_REACTIVATED renamed_0_Back',
    'MEMBERSHIP_ADDED renamed_0_Back',
    'DIRECTORY_USER_UPDATED quit_staff_0', // it tells of the user too
    'MEMBERSHIP_REMOVED quit_staff_0',
    'MEMBERSHIP_ADDED joined_board_0',
    // Who left and came back within one transaction has left all the same.
    'USER_DEACTIVATED left_0',
    'USER_REACTIVATED quit_staff_0',
  ])
})

test('whose leaving is held keeps their memberships, though they are told to end before it', async () => {
  const company = await companyOf(10)
  await company.tellAtOnce(...range(10).map((n) => company.joined('staff', n)))
  await company.limits(3, 0)
  await company.tellAtOnce(
    ...range(4).flatMap((n) => [company.quit('staff', n, 99), company.left(n, 100)]),
    company.quit('staff', 8, 99),
  )
  expect([await company.count('ACTIVE'), await company.memberships()]).toEqual([10, 9])
  expect(await company.held()).toEqual([...names('left', range(4)), ...names('quit_staff', range(4))])
})

test('too many memberships at once keep nobody from being offboarded, and too many leavers no membership from ending', async () => {
  const company = await companyOf(10)
  await company.tellAtOnce(...range(10).map((n) => company.joined('staff', n)))
  await company.limits(3, 0)
  await company.tellAtOnce(...range(4).map((n) => company.quit('staff', n)), company.left(7), company.deactivated(5))
  expect(await company.held()).toEqual(names('quit_staff', range(4)))
  expect([await company.count('ACTIVE'), await company.memberships()]).toEqual([8, 9])
  await company.approve()
  await company.tellAtOnce(...range(3, 1).map((n) => company.left(n)), company.left(8), company.quit('staff', 9))
  expect(await company.held()).toEqual(names('left', [1, 2, 3, 8]))
  expect(await company.memberships()).toBe(4)
})

test('memberships count likewise: those that end, and those of a group that is deleted, each once', async () => {
  const company = await companyOf(30)
  await company.tellAtOnce(...range(30).flatMap((n) => [company.joined('staff', n), company.joined('board', n)]))
  // All of them out, and then the group: fifteen memberships, not thirty.
  await company.tellAtOnce(...range(15).map((n) => company.quit('board', n)))
  expect(await company.memberships()).toBe(45)
  await company.limits(31, 0)
  await company.tellAtOnce(...range(15, 15).map((n) => company.quit('board', n, 100)), company.dissolved('board', 101))
  expect([await company.memberships(), await company.held()]).toEqual([30, []])
  await company.tellAtOnce(company.dissolved('staff', 102))
  expect([await company.memberships(), await company.held()]).toEqual([30, ['dissolved_staff']])
  expect(await company.guardChanges()).toMatchObject([
    { memberships: 60, users: 0, reason: '60 of 60 memberships would be removed within 10 minutes; the limit is 31' },
  ])
  await company.tell(company.joined('staff', 40, 103), company.renamed(1, 'Other'))
  expect(await company.held()).toEqual(['dissolved_staff', 'joined_staff_40'])
  await company.approve()
  expect(await company.memberships()).toBe(31)
})

test('the memberships of those who are deleted are not counted beside them, also where they are told to end one by one', async () => {
  const company = await companyOf(100)
  await company.tellAtOnce(...range(10).flatMap((n) => range(5).map((g) => company.joined(`g${g}`, n))))
  await company.tellAtOnce(
    ...range(10).map((n) => company.left(n)),
    ...range(5).flatMap((n) => range(5).map((g) => company.quit(`g${g}`, n, 99))),
  )
  await company.tell(company.left(10))
  expect([await company.count('ACTIVE'), await company.memberships()]).toEqual([89, 0])
})

test('what would take nothing away never counts: old news, people who are not active, memberships that are not there', async () => {
  const company = await companyOf(30)
  await company.limits(5, 0)
  await company.tellAtOnce(...range(5).map((n) => company.deactivated(n)))
  await company.tellAtOnce(
    ...range(5).map((n) => company.left(n, 110)),
    ...range(10, 10).map((n) => company.left(n, 0.5)),
    ...range(10).map((n) => company.left(n + 100)),
    ...range(30).map((n) => company.quit('staff', n)),
    company.dissolved('board'),
  )
  expect(await company.held()).toEqual([])
  expect([await company.count('ACTIVE'), await company.count('INACTIVE')]).toEqual([25, 0])
})
