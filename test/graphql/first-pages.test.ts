// What is planned once for all values has a plan that is right for each of them, however uneven directories are.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { createTestDatabase } from '../support/database.ts'
import { problemsOf } from './scans.ts'
import { seed, type Sizes } from './seed.ts'
import { statementsOf } from './statements.ts'

const sizes = { groups: 1_000, groupsPerUser: 2, changesPerUser: 0, events: 0 }
const POPULATIONS: Record<string, Sizes> = {
  'one organization with ten directories': { ...sizes, organizations: 1, directories: 10, users: 5_000 },
  'an organization for each of five directories': { ...sizes, organizations: 5, directories: 5, users: 5_000 },
  'one large among thousands of small ones': {
    ...sizes,
    organizations: 2_000,
    directories: 2_000,
    users: 10_000,
    uneven: true,
  },
}

const DIRECTORY = 'directoryId: "directory_0000000"'
const ORGANIZATION = 'organizationId: "org_0000000"'
const PERSONAL = ['CREATED_AT', 'UPDATED_AT', 'NAME', 'EMAIL']
const LISTS: readonly (readonly [list: string, orders: readonly string[], filters: readonly string[]])[] = [
  ['directoryUsers', PERSONAL, ['', DIRECTORY, ORGANIZATION, `${DIRECTORY}, ${ORGANIZATION}`]],
  ['directoryUsers', ['CREATED_AT'], [`${DIRECTORY}, state: [ACTIVE]`, `${ORGANIZATION}, state: [ACTIVE]`]],
  ['directoryGroups', ['CREATED_AT', 'UPDATED_AT', 'NAME'], ['', DIRECTORY, ORGANIZATION]],
  ['users', PERSONAL, ['', ORGANIZATION]],
  ['users', ['CREATED_AT'], [`${ORGANIZATION}, state: [ACTIVE]`]],
]
const ROOTS = LISTS.flatMap(([list, orders, filters]) =>
  orders.flatMap((field) =>
    ['ASC', 'DESC'].flatMap((direction) =>
      filters.map((filter) => (page: string) => {
        return `{ list: ${list}(${page}, orderBy: { field: ${field}, direction: ${direction} }, filter: { ${filter} }) { ...Page } }`
      }),
    ),
  ),
)
const of = (parent: string, list: string) => (page: string) =>
  `{ parent: ${parent} { list: ${list.replace('(', `(${page}, `)} { ...Page } } }`
const INSIDE = [
  ...PERSONAL.map((field) => of('directory(id: "directory_0000000")', `users(orderBy: { field: ${field} })`)),
  of('directory(id: "directory_0000000")', 'users(filter: { directoryId: "directory_0000000" })'),
  of('directory(id: "directory_0000000")', 'groups(orderBy: { field: NAME, direction: DESC })'),
  of('directoryGroup(id: "directory_group_0000000")', 'members(asOf: null)'),
  of('organization(id: "org_0000000")', 'users(orderBy: { field: NAME })'),
]
/** Twenty-five with two each, and eight with four each, one of whom has thousands. */
const SEVERAL = [
  '{ directoryUsers(first: 25) { nodes { groups(first: 2) { nodes { name } } user { directoryUsers { name } roles { slug } } } } }',
  '{ directoryGroups(first: 8) { nodes { members(first: 3) { nodes { name } } } } }',
]

interface List {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string }
}
type Answer = { readonly list: List } | { readonly parent: { readonly list: List } }

for (const [population, sizes] of Object.entries(POPULATIONS)) {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
    await seed(app.db, sizes)
    // As they lie, one index is cheap to follow: in all other orders, following it and sorting seems to pay.
    await app.db.pool.query('cluster directory_user using directory_user_directory_id_sort_email_id_state_idx')
    await app.db.pool.query('vacuum (analyze)')
  }, 60_000)
  afterAll(() => app.close())

  test(`${population}: the first page, the next and the one before touch little more than they give`, async () => {
    const problems: string[] = []
    for (const organizationId of [null, 'org_0000000']) {
      const key = await app.key(organizationId)
      for (const queryOf of [...ROOTS, ...INSIDE]) {
        const size = /roups\(|members\(/.test(queryOf('')) ? 3 : 25
        const read = async (page: string) => {
          const query = `${queryOf(page)} ${pageOf(queryOf(''))}`
          let list: List | undefined
          const statements = await statementsOf(async () => {
            const { data } = await ask<Answer, Record<string, never>>(app.url, key, query)
            list = 'list' in data! ? data.list : data!.parent.list
          })
          expect(list!.nodes).toHaveLength(size)
          const pages = statements.filter(({ text }) => / limit \$\d+/.test(text))
          expect(pages).toMatchObject([{ name: expect.stringMatching(/^quick/) }])
          // Deleted ones, every twentieth, are walked over.
          for (const one of pages) problems.push(...(await problemsOf(app.db, query, one, 60)))
          return list!
        }
        const first = await read(`first: ${size}`)
        const second = await read(`first: ${size}, after: "${first.pageInfo.endCursor}"`)
        const before = await read(`last: ${size}, before: "${second.pageInfo.startCursor}"`)
        expect(before.nodes).toEqual(first.nodes)
        await read(`last: ${size}`)
      }
    }
    expect(problems.filter((problem) => !/of directory touches \d\d? rows/.test(problem))).toEqual([])
  })

  test(`${population}: who is active and who is not stand in one order, and once, whatever is said twice`, async () => {
    const key = await app.key('org_0000000')
    for (const [list, table] of [
      ['directoryUsers', 'directory_user'],
      ['users', 'account'],
    ] as const)
      for (const direction of ['ASC', 'DESC'])
        for (const state of ['', 'state: [ACTIVE, INACTIVE, ACTIVE]', 'state: [INACTIVE, INACTIVE]']) {
          const states = state.includes('[ACTIVE') || state === '' ? `'ACTIVE', 'INACTIVE'` : `'INACTIVE'`
          const { rows } = await app.db.pool.query<{ id: string }>(
            `select id from ${table} where organization_id = 'org_0000000' and state in (${states})
             order by created_at ${direction}, id ${direction} limit 25`,
          )
          const query = `{ ${list}(first: 25, filter: { ${state} }, orderBy: { field: CREATED_AT, direction: ${direction} }) { nodes { id } } }`
          const { data } = await ask<Record<string, List>, Record<string, never>>(app.url, key, query)
          expect(data![list]!.nodes).toEqual(rows)
        }
  })

  test(`${population}: where all who came first are gone, those after them are found at once`, async () => {
    for (const table of ['directory_user', 'account'])
      await app.db.pool.query(`update ${table} set state = 'DELETED' where right(id, 7)::int < ${sizes.users / 2}`)
    await app.db.pool.query('vacuum (analyze)')
    const key = await app.key('org_0000000')
    const problems: string[] = []
    for (const list of ['directoryUsers', 'users']) {
      const query = `{ ${list}(first: 25) { nodes { id } } }`
      const statements = await statementsOf(async () => {
        const { data } = await ask<Record<string, List>, Record<string, never>>(app.url, key, query)
        expect(data![list]!.nodes).toHaveLength(25)
      })
      for (const one of statements) problems.push(...(await problemsOf(app.db, query, one, 60)))
    }
    expect(problems).toEqual([])
  })

  test.for(SEVERAL)(`${population}: what several have is read with little more than is given: %s`, async (query) => {
    const key = await app.key('org_0000000')
    const problems: string[] = []
    const statements = await statementsOf(async () => {
      expect(await ask(app.url, key, query)).not.toHaveProperty('errors')
    })
    for (const one of statements) {
      expect(one).toMatchObject({ name: expect.stringMatching(/^quick/) })
      problems.push(...(await problemsOf(app.db, query, one, 120)))
    }
    expect(problems).toEqual([])
  })
}

test('what was planned when there was nothing yet walks along the same indexes', async () => {
  const app = await startTestApp()
  await seed(app.db, { ...sizes, organizations: 1, directories: 1, users: 100, groups: 10 })
  const key = await app.key('org_0000000')
  const statements = await statementsOf(async () => {
    for (const query of [...ROOTS.map((queryOf) => `${queryOf('first: 25')} ${pageOf(queryOf(''))}`), ...SEVERAL])
      expect(await ask(app.url, key, query)).not.toHaveProperty('errors')
  })
  await app.close()

  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 1, onIdleError: () => {} })
  const texts = new Map(
    statements.filter(({ name }) => name?.startsWith('quick')).map(({ text, values }) => [text, values]),
  )
  for (const [text, values] of texts) await db.quick.query(text, [...values])
  const prepared = await db.quick.query<{ readonly name: string; readonly parameters: number }>(
    `select name, cardinality(parameter_types) as parameters from pg_prepared_statements where statement not like '%pg_prepared%'`,
    [],
  )
  expect(prepared.length).toBeGreaterThan(30)
  for (const { name, parameters } of prepared) {
    const given = parameters === 0 ? '' : `(${Array.from({ length: parameters }, () => 'null').join(', ')})`
    const plan = await db.quick.query<{ 'QUERY PLAN': string }>(`explain execute "${name}" ${given}`, [])
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).not.toMatch(
      /Seq Scan|Scan using (?!\w+_pkey)\w+ on .*\n\s+Index Cond: \(id = |Bitmap Index Scan on .*\n(?!\s+Index Cond)/,
    )
  }
  await db.close()
  await drop()
})

const pageOf = (query: string): string =>
  `fragment Page on ${typeOf(query)}Connection { nodes { id } pageInfo { startCursor endCursor } }`
const typeOf = (query: string): string =>
  query.includes('roups(')
    ? 'DirectoryGroup'
    : /list: users|organization\(/.test(query) && !query.includes('directory(')
      ? 'User'
      : 'DirectoryUser'
