import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendChanges, type ChangeDraft } from '../../src/changes/append.ts'
import { createFilterIndex } from '../../src/changes/filter-index.ts'
import { matches, type ChangeFilter } from '../../src/changes/filter.ts'
import { countChanges, readChanges, type StoredChange } from '../../src/changes/read.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { ChangeKind } from '../../src/generated/prisma/enums.ts'
import { changeLogs, draft } from './change-log.ts'

const openChangeLog = changeLogs()

// Few values, so that they meet; some look alike, and some are nobody's.
const organizations = ['org_a', 'org_b', 'ORG_A', "org_'; --"]
const directories = ['directory_a', 'directory_b', 'directory_a ', 'directory_é']
const users = ['directory_user_a', 'directory_user_b', '']
const groups = ['directory_group_a', 'directory_group_b', '%']
const accounts = ['user_a', 'user_b']
const kinds = Object.values(ChangeKind)

const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values))

const someDraft: fc.Arbitrary<ChangeDraft> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    directoryId: fc.constantFrom(...directories),
    organizationId: maybe(organizations),
    directoryUserId: maybe(users),
    directoryGroupId: maybe(groups),
  })
  .map((fields) => draft(fields))

const someFilter: fc.Arbitrary<ChangeFilter> = fc.record(
  {
    viewerOrganizationId: fc.constantFrom(...organizations, 'org_nobody'),
    organizationId: fc.constantFrom(...organizations),
    directoryId: fc.constantFrom(...directories),
    directoryUserId: fc.constantFrom(...users),
    directoryGroupId: fc.constantFrom(...groups),
    accountId: fc.constantFrom(...accounts),
    kinds: fc.subarray(kinds),
  },
  { requiredKeys: [] },
)

test('a filter means the same for the table and for what is in memory', async () => {
  const { db } = await openChangeLog()
  const drafts = fc.sample(someDraft, 600)
  await inTransaction(db.pool, (tx) => appendChanges(tx, drafts))
  const { changes: all } = await readChanges(db.pool, { filter: {}, limit: 1_000 })
  expect(all).toHaveLength(600)

  await fc.assert(
    fc.asyncProperty(someFilter, fc.nat(600), async (filter, after) => {
      const { changes } = await readChanges(db.pool, { filter, after, limit: 1_000 })
      const kept = all.filter((change) => matches(filter, change))
      const walked = { walked: expect.any(Number) as number } // how the page was found
      expect(changes).toEqual(
        kept.filter(({ position }) => position > after).map((change) => ({ ...change, ...walked })),
      )
      expect(await countChanges(db.pool, filter)).toBe(kept.length)
    }),
    { numRuns: process.env.LONG_TESTS === '1' ? 20_000 : 300 },
  )
})

test('the index finds for each change whose filters let it through, and nobody else, also after some have left', () => {
  const someChange = fc.tuple(someDraft, maybe(accounts)).map(([fields, accountId]): StoredChange => ({
    ...(fields as Required<ChangeDraft>),
    changedFields: [],
    accountId,
    position: 1,
    recordedAt: new Date(),
  }))
  fc.assert(
    fc.property(fc.array(fc.tuple(someFilter, fc.boolean())), fc.array(someChange), (filters, changes) => {
      const index = createFilterIndex<number>()
      const added = filters.map(([filter], n) => index.add(filter, n))
      filters.forEach(([, leaves], n) => leaves && added[n]!.remove())
      expect(index.size()).toBe(filters.filter(([, leaves]) => !leaves).length)
      for (const change of changes) {
        const wanted = filters.flatMap(([filter, leaves], n) => (!leaves && matches(filter, change) ? [n] : []))
        expect(index.find(change).toSorted((a, b) => a - b)).toEqual(wanted)
      }
    }),
    { numRuns: process.env.LONG_TESTS === '1' ? 20_000 : 1_000 },
  )
})

test('a bound viewer sees only its own organization, whichever it asks for', async () => {
  const { db } = await openChangeLog()
  await inTransaction(db.pool, (tx) =>
    appendChanges(tx, [
      draft({ organizationId: 'org_a' }),
      draft({ organizationId: 'org_b' }),
      draft({ organizationId: null }),
    ]),
  )
  const seen = async (filter: ChangeFilter) =>
    (await readChanges(db.pool, { filter, limit: 10 })).changes.map(({ position }) => position)
  expect(await seen({ viewerOrganizationId: 'org_a' })).toEqual([1])
  expect(await seen({ viewerOrganizationId: 'org_a', organizationId: 'org_b' })).toEqual([])
  expect(await seen({})).toEqual([1, 2, 3])
})
