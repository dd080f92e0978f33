// Patterns and names that take long, as one organization may have them: what others wait for is not those.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { findPairs, type Group, type ScopedMapping } from '../../src/roles/find-pairs.ts'
import { lockDirectory } from '../../src/db/lock-directories.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { administrator, done } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  for (const slug of ['admin', 'other']) await administrator(app, key).createRole({ slug, name: slug })
})
afterAll(() => app.close())

// As slow as RE2 gets: on each letter it is in all of its states, and there is no digit.
const slow = (n: number) => String.raw`(?i)(?:[a-z]?[a-y]?){68}\d${'x'.repeat(n)}`
const longName = (n: number) =>
  `${'a'.repeat(490)}${String(n).replaceAll(/\d/g, (digit) => 'bcdefghijk'[Number(digit)]!)}`

let runs = 0
/** One that has slow patterns, and one that has nothing to do with it. */
async function neighbours(): Promise<{ bad: People; good: People }> {
  runs += 1
  const [bad, good] = [await people(app, key, `bad${runs}`), await people(app, key, `good${runs}`)]
  for (const id of ['ada', 'ben', 'cyd']) await good.hire(id)
  await good.found('eng', 'Engineering')
  await good.join('eng', 'cyd')
  await app.applied()
  return { bad, good }
}

/** Mappings as they could be made before there was a limit to all patterns of an organization. */
async function hadPatterns({ organizationId }: People, count: number): Promise<string[]> {
  const { rows } = await app.db.pool.query<{ id: string }>(
    `with made as (
       insert into role_mapping (id, organization_id, match, value)
       select 'role_mapping_' || $1 || n, $1, 'NAME_REGEX', value from unnest($2::text[]) with ordinality as p (value, n)
       returning id
     ), granting as (
       insert into role_mapping_role (mapping_id, role_id) select made.id, role.id from made, role where role.slug = 'admin'
     )
     select id from made order by id`,
    [organizationId, Array.from({ length: count }, (_, n) => slow(n))],
  )
  return rows.map(({ id }) => id)
}

async function hadGroups({ directoryId, organizationId }: People, count: number): Promise<void> {
  await app.db.pool.query(
    `insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at, updated_at, sort_name)
     select 'directory_group_' || $1 || n, $1, $2, 'idp_' || n, name, '{}', 'ACTIVE', now(), now(), ''
     from unnest($3::text[]) with ordinality as g (name, n)`,
    [directoryId, organizationId, Array.from({ length: count }, (_, n) => longName(n))],
  )
}

const countOf = async (what: string, { organizationId }: People) => {
  const { rows } = await app.db.pool.query<{ count: number }>(
    `select count(*) as count from ${what} where organization_id = $1`,
    [organizationId],
  )
  return rows[0]!.count
}

/** Resolves when somebody has lost access. */
const isOut = (one: People, id: string) =>
  until(async () => {
    const { rows } = await app.db.pool.query<{ state: string }>(
      'select a.state from account a join directory_user u on u.account_id = a.id where u.id = $1',
      [one.userId(id)],
    )
    return rows[0]!.state === 'INACTIVE'
  })

async function leave(one: People, id: string): Promise<void> {
  await one.hire(id, { state: 'inactive' })
  await isOut(one, id)
}

/** One who does not wait until everything is applied. */
const asked = (secret: string) => administrator({ ...app, applied: () => Promise.resolve() }, secret)

test('whoever leaves elsewhere is out, and who administers is answered, before the groups of a burst are there', async () => {
  const { bad, good } = await neighbours()
  await hadPatterns(bad, 40)
  await inTransaction(app.db.pool, async (tx) => {
    // All of it is due at once.
    for (const { directoryId } of [bad, good]) await lockDirectory(tx, directoryId)
    for (let n = 0; n < 60; n += 1) await bad.found(`g${n}`, longName(n))
    await good.hire('ada', { state: 'inactive' })
  })
  await isOut(good, 'ada')
  expect(await countOf('directory_group', bad)).toBe(0)
  done(await asked(key).createRole({ slug: `elsewhere${runs}`, name: 'Elsewhere' }))
  await leave(good, 'ben')
  expect(await countOf('directory_group', bad)).toBe(0)
  await app.applied()
  expect(await countOf('directory_group', bad)).toBe(60)
})

test('whoever leaves elsewhere is out while a mapping is tried on all groups of an organization', async () => {
  const { bad, good } = await neighbours()
  await hadGroups(bad, 1_000)
  const { organizationId } = bad
  const making = asked(key).createMapping({ organizationId, match: 'NAME_REGEX', value: slow(0), roles: ['admin'] })
  for (const id of ['ada', 'ben', 'cyd']) await leave(good, id)
  expect(await countOf('role_mapping', bad)).toBe(0)
  done(await making)
})

test('a plan is answered before one whose patterns are still tried on the groups of another organization', async () => {
  const { bad, good } = await neighbours()
  await hadGroups(bad, 800)
  const create = [0, 1, 2].map((n) => ({ match: 'NAME_REGEX' as const, value: slow(n), roles: ['admin'] }))
  const answered: string[] = []
  const badKey = await app.key(bad.organizationId)
  const slowOne = asked(badKey)
    .plan({ create })
    .finally(() => answered.push('bad'))
  // By then it is under way.
  await leave(good, 'ben')
  const { organizationId } = good
  const input = { organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['admin'] }
  const quick = done(await asked(key).plan({ create: [input] }))
  answered.push('good')
  done(await asked(key).apply({ planId: quick.id, hash: quick.hash }))
  await leave(good, 'ada')
  answered.push('ada is out')
  done(await slowOne)
  expect(answered).toEqual(['good', 'ada is out', 'bad'])
  expect((await good.roles()).cyd).toEqual(['admin'])
})

test('the patterns of an organization are bounded together, and who had more keeps them and may have fewer', async () => {
  const { bad, good } = await neighbours()
  const admin = asked(await app.key(good.organizationId))
  for (const n of [0, 1, 2]) done(await admin.createMapping({ match: 'NAME_REGEX', value: slow(n), roles: ['admin'] }))
  const tooMany = await admin.createMapping({ match: 'NAME_REGEX', value: slow(3), roles: ['admin'] })
  expect(tooMany).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('1000 steps') })
  const create = [3, 4, 5, 6].map((n) => ({ match: 'NAME_REGEX' as const, value: slow(n), roles: ['admin'] }))
  expect(await admin.plan({ create })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['input'], message: expect.stringContaining('1000') }],
  })
  const planned = done(await admin.plan({ create: create.slice(0, 2) }))
  expect(planned.conflicts).toMatchObject([{ blocking: true, message: expect.stringContaining('1000 steps') }])

  const [id] = await hadPatterns(bad, 6)
  const former = asked(await app.key(bad.organizationId))
  const update = async (change: { value?: string; roles?: string[] }) =>
    (await former.updateMapping({ id: id!, ...change })).__typename
  expect(await update({ roles: ['admin', 'other'] })).toBe('RoleMapping')
  expect(await update({ value: slow(7) })).toBe('ConflictError')
  expect(await update({ value: '^a' })).toBe('RoleMapping')
})

test('a transaction that is ended ends the trying of patterns for it', async () => {
  const { bad } = await neighbours()
  await hadGroups(bad, 3_000)
  await hadPatterns(bad, 40)
  const { organizationId } = bad
  const { rows: groups } = await app.db.pool.query<Group>(
    'select id, name, directory_id as "directoryId", organization_id as "organizationId" from directory_group where organization_id = $1',
    [organizationId],
  )
  const { rows: mappings } = await app.db.pool.query<ScopedMapping>(
    'select id, match, value, organization_id as "organizationId", directory_id as "directoryId" from role_mapping where organization_id = $1',
    [organizationId],
  )
  const trying = inTransaction(app.db.pool, async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    // All of it takes minutes.
    const pairs = findPairs(tx, groups, mappings)
    await app.db.pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
    return pairs
  })
  await expect(trying).rejects.toThrow(/connection/i)
})
