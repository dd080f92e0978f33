// A page of the log reads little more than it gives, wherever in the log its changes are.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendChanges } from '../../src/changes/append.ts'
import { matches, type ChangeFilter } from '../../src/changes/filter.ts'
import { readChanges, readPage, type PageRequest, type StoredChange } from '../../src/changes/read.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { createTestDatabase } from '../support/database.ts'
import { draft } from './change-log.ts'

const UPDATED = 'DIRECTORY_USER_UPDATED'
const ADDED = 'MEMBERSHIP_ADDED'
const DELETED = 'DIRECTORY_USER_DELETED'
const of = (directoryId: string, kind: StoredChange['kind'], count: number) =>
  Array.from({ length: count }, (_, n) =>
    draft({ directoryId, kind, organizationId: 'org_a', directoryUserId: `${directoryId}_${n % 500}` }),
  )

let db: Database
let drop: () => Promise<void>
let all: StoredChange[]
// More of either than is looked at before the next walk, and both at last.
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 1, onIdleError: () => {} })
  const drafts = [
    ...of('directory_early', UPDATED, 2_500),
    ...of('directory_other', ADDED, 2_500),
    ...of('directory_early', ADDED, 80),
    ...of('directory_late', UPDATED, 120),
    ...of('directory_late', DELETED, 60),
    ...of('directory_other', ADDED, 2_500),
  ]
  await inTransaction(db.pool, (tx) => appendChanges(tx, drafts))
  await db.pool.query('analyze change')
  all = (await readChanges(db.pool, { filter: {}, limit: 10_000 })).changes
})
afterAll(async () => {
  await db.close()
  await drop()
})

const positions = (changes: readonly StoredChange[]) => changes.map(({ position }) => position)

test('whichever walks it takes, a page has what the filter lets through, in order', async () => {
  const place = fc.option(fc.nat(7_800), { nil: undefined })
  const filter: fc.Arbitrary<ChangeFilter> = fc.record(
    {
      viewerOrganizationId: fc.constantFrom('org_a', 'org_b'),
      organizationId: fc.constantFrom('org_a', 'org_b'),
      directoryId: fc.constantFrom('directory_early', 'directory_other', 'directory_late'),
      directoryUserId: fc.constantFrom('directory_late_7', 'directory_early_7'),
      kinds: fc.subarray([UPDATED, ADDED, DELETED, 'ROLE_GRANTED']),
    },
    { requiredKeys: [] },
  )
  const request = fc.record({ filter, after: place, before: place, limit: fc.integer({ min: 1, max: 60 }), backwards: fc.boolean() }) // oxfmt-ignore
  await fc.assert(
    fc.asyncProperty(request, async (asked: PageRequest) => {
      const { filter: wanted, after = -1, before = Infinity, limit, backwards } = asked
      const fitting = all.filter((one) => matches(wanted, one) && one.position > after && one.position < before)
      const wantedPage = positions(backwards ? fitting.toReversed() : fitting).slice(0, limit)
      expect(positions((await readChanges(db.pool, asked)).changes)).toEqual(wantedPage)
      expect(positions(await readPage(db.pool, asked, db.quick))).toEqual(wantedPage)
    }),
    {
      numRuns: process.env.LONG_TESTS === '1' ? 5_000 : 150,
      examples: [
        [
          {
            filter: { directoryId: 'directory_early', kinds: [ADDED] },
            after: undefined,
            before: undefined,
            limit: 50,
            backwards: false,
          },
        ],
      ],
    },
  )
})

test('Law 8: an id that is asked for does not stand for the organization of the viewer, though it be the same', async () => {
  const asked = { viewerOrganizationId: 'directory_late', directoryId: 'directory_late' }
  expect((await readChanges(db.pool, { filter: asked, limit: 10 })).changes).toEqual([])
  const both = { viewerOrganizationId: 'org_a', organizationId: 'org_b' }
  expect((await readChanges(db.pool, { filter: both, limit: 10 })).changes).toEqual([])
})

test.for<[filter: ChangeFilter, backwards: boolean, most: number]>([
  [{ directoryId: 'directory_late' }, false, 51],
  [{ directoryId: 'directory_late', viewerOrganizationId: 'org_a' }, false, 51],
  [{ directoryId: 'directory_early' }, true, 51],
  [{ directoryUserId: 'directory_late_7', viewerOrganizationId: 'org_a' }, false, 51],
  [{ kinds: [DELETED] }, false, 51],
  [{ kinds: [DELETED, 'ROLE_GRANTED', 'USER_DEACTIVATED'] }, false, 102],
  [{ kinds: [DELETED], viewerOrganizationId: 'org_a' }, false, 2_111],
])('%j, backwards: %s: %i rows at most', async ([filter, backwards, most]) => {
  const [before, after] = await inTransaction(db.pool, async (tx) => {
    const fetched = async () =>
      (
        await tx.query<{ rows: number }>(
          `select (idx_tup_fetch + seq_tup_read)::int as rows from pg_stat_xact_user_tables where relname = 'change'`,
        )
      ).rows[0]!.rows
    return [await fetched(), await readChanges(tx, { filter, limit: 51, backwards }).then(fetched)]
  })
  expect(after - before).toBeGreaterThan(0)
  expect(after - before).toBeLessThanOrEqual(most)
})
