import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createBell } from '../../src/changes/bell.ts'
import { applyDue } from '../../src/inbox/apply-due.ts'
import { createMappingUpdates, type MappingUpdates } from '../../src/sync/update-attribute-mapping.ts'
import { allStatementsOf, type Statement } from '../graphql/statements.ts'
import { seed } from '../graphql/seed.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directoryId, event, user } from '../support/events.ts'
import { until } from '../support/until.ts'

let inbox: Inbox
let mappings: MappingUpdates
/** How many updates have begun, or wait for the end of one. */
let begun = 0
let close: () => Promise<void>
beforeAll(async () => {
  inbox = await openInbox()
  const { db, connectionString } = inbox
  const onError = (error: unknown) => inbox.failures.push({ eventId: null, error: String(error) })
  const bell = createBell({ connectionString, onError })
  mappings = createMappingUpdates({ db, bell, now: () => new Date(), nudge: () => void (begun += 1), onError })
  close = async () => {
    mappings.close()
    await bell.close()
    await inbox.close()
  }
})
beforeEach(() => inbox.empty())
afterAll(() => close())

const TEAM = ['/custom_attributes/team']
const update = (pointers: readonly string[] | null, directory = directoryId) =>
  mappings.update({ directoryId: directory, attribute: 'department', pointers, actor: 'tester' })
/** Begins an update, whose batches somebody else has to do. */
async function begin(
  pointers: readonly string[] | null,
  directory = directoryId,
): Promise<{ changed: Promise<number> }> {
  const before = begun
  const changed = update(pointers, directory)
  await until(() => Promise.resolve(begun > before))
  return { changed }
}
const people = (count: number, fields: (n: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    user(`u${String(n).padStart(4, '0')}`, {
      custom_attributes: { department_name: 'Engineering', team: `T${n}` },
      ...fields(n),
    }),
  )
const hire = async (users: readonly object[]) => {
  await inbox.receive(...users.map((one) => event('dsync.user.created', one as Record<string, unknown>, 1)))
  await inbox.applyAll()
}
const TOLD = `select user_id from change where 'attributes' = any(changed_fields) order by position`

test('users are told of in transactions of 500, and each of them once', async () => {
  await hire(people(1_300))
  const { changed } = await begin(TEAM)
  await inbox.applyAll()
  expect(await changed).toBe(1_300)
  const sizes = await inbox.list<number>(
    `select count(*) from change where 'attributes' = any(changed_fields) group by xmin::text order by 1`,
  )
  expect(sizes).toEqual([300, 500, 500])
  expect(new Set(await inbox.list<string>(TOLD)).size).toBe(1_300)
  expect(
    await inbox.list("select sum(users_updated)::int from stats where owner = $1 and span = 'HOUR'", directoryId),
  ).toEqual([1_300])
  expect(inbox.failures).toEqual([])
})

test('a transaction reads no more attributes than fit into memory', async () => {
  // What cannot be compressed: 7 users of 900 kB.
  await hire(people(7, (n) => ({ custom_attributes: { team: `T${n}`, photo: randomBytes(450_000).toString('hex') } })))
  const { changed } = await begin(TEAM)
  await inbox.applyAll()
  expect(await changed).toBe(7)
  const sizes = await inbox.list<number>(
    `select count(*) from change where 'attributes' = any(changed_fields) group by xmin::text`,
  )
  expect(sizes.length).toBeGreaterThan(1)
})

test('who appears or comes back meanwhile is not told of a value that they never had', async () => {
  const staff = people(600)
  const [late, back] = [
    user('u9998', { custom_attributes: { team: 'X' } }),
    user('u9999', { custom_attributes: { team: 'Y' } }),
  ]
  await hire([...staff, back])
  await inbox.receive(event('dsync.user.deleted', back, 2))
  await inbox.applyAll()
  const { changed } = await begin(TEAM)
  await inbox.receive(event('dsync.user.created', late, 10), event('dsync.user.created', back, 10))
  // One whose state changes was there all the time.
  await inbox.receive(event('dsync.user.updated', { ...staff[599]!, state: 'inactive' }, 10))
  await applyDue(inbox.context(), '')
  expect(await inbox.list('select cursor from attribute_remap')).toEqual([staff[499]!.id])
  await inbox.applyAll()
  expect(await changed).toBe(600)
  expect(await inbox.list(TOLD)).toEqual(staff.map(({ id }) => id))
})

test('who leaves before their turn is not told any more', async () => {
  const staff = people(501)
  await hire(staff)
  const { changed } = await begin(TEAM)
  await inbox.receive(event('dsync.user.deleted', staff[500]!, 10))
  await inbox.applyAll()
  expect(await changed).toBe(500)
})

test('deletions go first, and events of the directory come between the batches', async () => {
  await hire(people(1_100))
  const { changed } = await begin(TEAM)
  await inbox.receive(event('dsync.deleted', { id: directoryId, organization_id: 'org_test' }, 10))
  await inbox.applyAll()
  expect(await changed).toBe(0)
  expect(await inbox.list(TOLD)).toEqual([])
})

test('whoever asks again while it is under way is told the same', async () => {
  await hire(people(700))
  const { changed } = await begin(TEAM)
  const { changed: again } = await begin(TEAM)
  await inbox.applyAll()
  expect([await changed, await again, await update(TEAM)]).toEqual([700, 700, 0])
  expect(await inbox.list(`select count(*) from change where kind = 'ATTRIBUTE_MAPPING_UPDATED'`)).toEqual([1])
})

test('what has ended is kept for an hour', async () => {
  await hire(people(2))
  for (const [index, pointers] of [TEAM, null, TEAM].entries()) {
    const { changed } = await begin(pointers)
    await inbox.applyAll()
    await changed
    if (index === 0) await inbox.db.pool.query(`update attribute_remap set finished_at = now() - interval '61 minutes'`)
  }
  expect(await inbox.list('select count(*) from attribute_remap')).toEqual([2])
})

test('all batches together walk once along the users, and in a small directory along its own', async () => {
  const users = 16_000
  const sizes = { organizations: 8, directories: 8, groups: 0, groupsPerUser: 0, changesPerUser: 1, events: 0 }
  await seed(inbox.db, { ...sizes, users })
  await inbox.db.pool.query(
    `update directory_user set directory_id = 'directory_0000000' where directory_id = 'directory_0000007' and id > 'directory_user_0000500'`,
  )
  await inbox.db.pool.query('analyze')
  for (const [directory, most] of [
    ['directory_0000003', users + sizes.directories], // those of others behind its last one are looked at once more
    ['directory_0000007', 200],
  ] as const) {
    const { changed } = await begin(['/custom_attributes/none'], directory)
    const statements = await allStatementsOf(() => inbox.applyAll())
    expect(await changed).toBeGreaterThan(30)
    const touched = await Promise.all(statements.filter(({ text }) => text.includes('pg_column_size')).map(touchedBy))
    expect(touched.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(most)
    for (const later of statements.filter(({ text }) => text.includes(`previous ->> 'state'`)))
      expect(await touchedBy(later)).toBeLessThanOrEqual(2 * 500)
  }
})

/** Rows of tables that a statement looks at, which must not be all. */
async function touchedBy({ text, values }: Statement): Promise<number> {
  const { rows } = await inbox.db.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${text}`,
    [...values],
  )
  const scans = flat(rows[0]!['QUERY PLAN'][0].Plan).filter((plan) => plan['Relation Name'] !== undefined)
  expect(scans.map((scan) => scan['Node Type'])).not.toContain('Seq Scan')
  return scans.reduce(
    (sum, scan) => sum + (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'],
    0,
  )
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}
const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)]
