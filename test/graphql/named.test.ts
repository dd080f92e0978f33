// Whom another table names is found, all of them and in order, however many they are and wherever in the order they
// stand: accounts by their role or directory, users by their group.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { statementsOf, type Statement } from './statements.ts'
import { explain } from './scans.ts'

const TOTAL = 8_000
/**
 * How many are named by `late` and `few`, who are the last that came: so many that they are not read at once, and
 * fewer.
 */
const [LATE, FEW] = [1_500, 400]

interface Person {
  readonly n: number
  readonly organizationId: string
  readonly directoryId: string
  readonly state: 'ACTIVE' | 'INACTIVE' | 'DELETED'
  readonly name: string
  readonly createdAt: number
}

const isOdd = (n: number) => n % 2 === 1

function directoryOf(n: number): string {
  if (isOdd(n)) return n >= TOTAL - FEW ? 'few' : 'two'
  return n >= TOTAL - LATE ? 'late' : 'one'
}

// By name they stand in another order than they came, two came at the same time, and one in seven is deleted.
const people: readonly Person[] = Array.from({ length: TOTAL }, (_, n) => ({
  n,
  organizationId: isOdd(n) ? 'org_two' : 'org_one',
  directoryId: `directory_${directoryOf(n)}`,
  state: n % 7 === 3 ? 'DELETED' : n % 11 === 5 ? 'INACTIVE' : 'ACTIVE',
  name: String((n * 7_919) % TOTAL).padStart(5, '0'),
  createdAt: Date.UTC(2026, 0, 1) + (n >> 1) * 1_000,
}))

/** Whom a role of this name has, if they are active; a group, those of its directory. */
const NAMED: Readonly<Record<string, (person: Person) => boolean>> = {
  all: () => true,
  many: ({ n }) => n % 5 < 2,
  late: ({ n }) => n >= TOTAL - LATE,
  few: ({ n }) => n >= TOTAL - FEW,
  one: ({ n }) => n === TOTAL - 2,
  none: () => false,
}
const GROUPS: Readonly<Record<string, string>> = {
  all: 'directory_one',
  many: 'directory_one',
  late: 'directory_late',
  few: 'directory_late',
  one: 'directory_late',
  none: 'directory_one',
}
const isIn = (name: string) => (person: Person) => person.directoryId === GROUPS[name] && NAMED[name]!(person)
const holds = (name: string) => (person: Person) => person.state === 'ACTIVE' && NAMED[name]!(person)
const NAMES = Object.keys(NAMED)
const DIRECTORIES = ['one', 'two', 'late', 'few', 'empty']

const idOf = (prefix: string, n: number) => `${prefix}_${String(n).padStart(5, '0')}`
const pairs = NAMES.flatMap((name) => people.map((person) => ({ name, person, named: isIn(name)(person) })))

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  const { pool } = app.db
  await pool.query(`
    insert into organization (id) values ('org_one'), ('org_two');
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    select 'directory_' || name, 'org_' || owner, name, 'okta scim v2.0', 'ACTIVE', '{}', now(), now()
    from (values ('one', 'one'), ('two', 'two'), ('late', 'one'), ('few', 'two'), ('empty', 'two')) as given (name, owner)`)
  await pool.query(
    `with given as (select * from unnest($1::text[], $2::text[]) as given (name, directory)), roles as (
       insert into role (id, slug, name) select 'role_' || name, name, name from given
     )
     insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at, updated_at, sort_name)
     select 'directory_group_' || name, directory, 'org_one', name, name, '{}', 'ACTIVE', now(), now(), name from given`,
    [NAMES, NAMES.map((name) => GROUPS[name])],
  )
  await pool.query(
    `with person as (
       select lpad(n::text, 5, '0') as id, org, dir, state, name, to_timestamp(ms / 1000) as made
       from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[]) as person (n, org, dir, state, name, ms)
     ), accounts as (
       insert into account (id, organization_id, state, provisioned, created_at, updated_at, sort_name, search_text)
       select 'account_' || id, org, state::"UserState", true, made, made, name, name from person
     )
     insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes, raw_attributes,
                                 idp_roles, created_at, updated_at, sort_name, sort_email, search_text, account_id, link_kind)
     select 'directory_user_' || id, dir, org, id, '[]', state::"DirectoryUserState", true, '{}', '{}', '{}', made, made, name, '', name,
            'account_' || id, 'PROVISIONED'
     from person`,
    [
      people.map(({ n }) => n),
      people.map(({ organizationId }) => organizationId),
      people.map(({ directoryId }) => directoryId),
      people.map(({ state }) => state),
      people.map(({ name }) => name),
      people.map(({ createdAt }) => createdAt),
    ],
  )
  // Whoever has a role has it for several reasons; for that of `late`, they are more than are found by their ids. Those
  // who are not shown, and those who left a group, have rows all the same.
  await pool.query(
    `with pair as (
       select name, directory, lpad(n::text, 5, '0') as id, org, named, holds
       from unnest($1::text[], $2::int[], $3::text[], $4::bool[], $5::bool[], $6::text[]) as pair (name, n, org, named, holds, directory)
     ), grants as (
       insert into role_grant (account_id, role_id, kind, mapping_id, organization_id, visible, granted_at)
       select 'account_' || id, 'role_' || name, 'MAPPING', reason::text, org, holds, now() from pair, generate_series(1, case name when 'late' then 8 else 2 end) as reason
     )
     insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
     select 'directory_group_' || name, 'directory_user_' || id, directory, named, named, now(), 'event_seed' from pair`,
    [
      pairs.map(({ name }) => name),
      pairs.map(({ person }) => person.n),
      pairs.map(({ person }) => person.organizationId),
      pairs.map(({ named }) => named),
      pairs.map(({ name, person }) => holds(name)(person)),
      pairs.map(({ name }) => GROUPS[name]),
    ],
  )
  // Beside thousands of small organizations, of which the average is one.
  await pool.query(`
    insert into organization (id) select 'org_z_' || n from generate_series(1, 3000) n;
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    select 'directory_small_' || n, 'org_z_' || n, n::text, 'okta scim v2.0', 'ACTIVE', '{}', now(), now() from generate_series(1, 3000) n;
    insert into account (id, organization_id, state, provisioned) select 'account_small_' || n, 'org_z_' || n, 'ACTIVE', true from generate_series(1, 3000) n;
    insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes, raw_attributes,
                                idp_roles, created_at, updated_at, sort_name, sort_email, search_text)
    select 'directory_user_small_' || n, 'directory_small_' || n, 'org_z_' || n, '', '[]', 'ACTIVE', true, '{}', '{}', '{}', now(), now(), '', '', ''
    from generate_series(1, 3000) n`)
  await pool.query('vacuum (analyze)')
}, 60_000)
afterAll(() => app.close())

const ORDERS: Readonly<Record<string, (person: Person) => string | number>> = {
  NAME: ({ name }) => name,
  CREATED_AT: ({ createdAt }) => createdAt,
}

/** A list, and which of all people are in it. */
interface Asked {
  readonly field: 'users' | 'directoryUsers'
  readonly filter: string
  readonly has: (person: Person) => boolean
}

const asked: readonly Asked[] = [
  ...NAMES.map((name): Asked => ({ field: 'users', filter: `roleId: "role_${name}"`, has: holds(name) })),
  ...NAMES.map((name): Asked => ({
    field: 'directoryUsers',
    filter: `groupId: "directory_group_${name}"`,
    has: isIn(name),
  })),
  ...DIRECTORIES.map((name): Asked => {
    const id = `directory_${name}`
    return { field: 'users', filter: `directoryId: "${id}"`, has: ({ directoryId }) => directoryId === id }
  }),
  {
    field: 'users',
    filter: 'directoryId: "directory_few", roleId: "role_many"',
    has: (person) => person.directoryId === 'directory_few' && holds('many')(person),
  },
  // Many by each, so that they are neither found by ids at once nor at the beginning of the list.
  {
    field: 'users',
    filter: 'directoryId: "directory_late", roleId: "role_late"',
    has: (person) => person.directoryId === 'directory_late' && holds('late')(person),
  },
  {
    field: 'users',
    filter: 'directoryId: "directory_one", roleId: "role_many"',
    has: (person) => person.directoryId === 'directory_one' && holds('many')(person),
  },
  // Found by the search's index, and too many for it.
  {
    field: 'users',
    filter: 'directoryId: "directory_one", search: "0123"',
    has: ({ directoryId, name }) => directoryId === 'directory_one' && name.includes('0123'),
  },
  {
    field: 'directoryUsers',
    filter: 'groupId: "directory_group_many", search: "000"',
    has: (person) => isIn('many')(person) && person.name.includes('000'),
  },
  {
    field: 'directoryUsers',
    filter: 'groupId: "directory_group_all", search: "0"',
    has: (person) => isIn('all')(person) && person.name.includes('0'),
  },
  {
    field: 'users',
    filter: 'roleId: "role_few", updatedAfter: "2026-01-01T01:05:00Z", organizationId: "org_one"',
    has: (person) =>
      holds('few')(person) && person.createdAt > Date.UTC(2026, 0, 1, 1, 5) && person.organizationId === 'org_one',
  },
]
const LIVING = ['ACTIVE', 'INACTIVE']
/** In which orders, and in which states where these are asked for. */
const MANNERS: readonly { order: string; direction: string; states?: readonly string[] }[] = [
  { order: 'NAME', direction: 'ASC' },
  { order: 'NAME', direction: 'DESC', states: ['DELETED', 'INACTIVE'] },
  { order: 'CREATED_AT', direction: 'ASC', states: ['DELETED', 'INACTIVE'] },
  { order: 'CREATED_AT', direction: 'DESC' },
]

function wanted({ field, has }: Asked, states: readonly string[], among: readonly Person[], order: string): string[] {
  const key = ORDERS[order]!
  const prefix = field === 'users' ? 'account' : 'directory_user'
  return among
    .filter((person) => has(person) && states.includes(person.state))
    .map((person) => ({ id: idOf(prefix, person.n), key: key(person) }))
    .toSorted((a, b) => (a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key < b.key ? -1 : 1))
    .map(({ id }) => id)
}

interface Page {
  readonly totalCount: number
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly startCursor: string | null; readonly endCursor: string | null }
}
const PAGE = 'nodes { id } pageInfo { startCursor endCursor }'

async function read<Data>(key: string, text: string): Promise<Data> {
  const { data, errors } = await ask<Data, Record<string, never>>(app.url, key, text)
  expect(errors).toBeUndefined()
  return data!
}

const viewers = [
  { who: 'whoever sees all', owner: null },
  { who: 'the viewer of one organization', owner: 'org_one' },
]
test.for(viewers)('every page of every list holds whom it has to hold, for $who', async ({ owner }) => {
  const key = await app.key(owner)
  const mine = people.filter(({ organizationId }) => owner === null || organizationId === owner)
  const size = 60
  for (const list of asked)
    for (const { order, direction, states } of MANNERS) {
      const ascending = wanted(list, states ?? LIVING, mine, order)
      const all = direction === 'ASC' ? ascending : ascending.toReversed()
      const filter = states === undefined ? list.filter : `${list.filter}, state: [${states.join(', ')}]`
      const page = async (which: string, more = '') => {
        const call = `${list.field}(${which}, filter: { ${filter} }, orderBy: { field: ${order}, direction: ${direction} })`
        const { found } = await read<{ found: Page }>(key, `{ found: ${call} { ${PAGE} ${more} } }`)
        return { call, found, ids: found.nodes.map(({ id }) => id), ...found.pageInfo }
      }
      const isOf = ({ call, ids }: { call: string; ids: string[] }, wanted: string[]) =>
        expect({ call, ids }).toEqual({ call, ids: wanted })
      const first = await page(`first: ${size}`, 'totalCount')
      isOf(first, all.slice(0, size))
      expect(first.found.totalCount).toBe(all.length)
      const last = await page(`last: ${size}`)
      isOf(last, all.slice(-size))
      if (first.endCursor === null || last.startCursor === null) continue
      isOf(await page(`first: ${size}, after: "${first.endCursor}"`), all.slice(size, 2 * size))
      isOf(await page(`last: ${size}, before: "${last.startCursor}"`), all.slice(0, -size).slice(-size))
    }
})

test('each of several organizations has its own, and one that is asked for alone', async () => {
  const key = await app.key()
  for (const list of asked.filter(({ field }) => field === 'users')) {
    const users = `users(first: 30, filter: { ${list.filter} }, orderBy: { field: NAME }) { totalCount ${PAGE} }`
    interface Answer {
      organizations: { nodes: { id: string; users: Page }[] }
      organization: { users: Page }
    }
    const { organizations, organization } = await read<Answer>(
      key,
      `{ organizations(first: 2) { nodes { id ${users} } } organization(id: "org_two") { ${users} } }`,
    )
    expect(organizations.nodes).toHaveLength(2)
    const pages = [...organizations.nodes, { id: 'org_two', ...organization }]
    for (const { id, users } of pages) {
      const theirs = people.filter(({ organizationId }) => organizationId === id)
      const all = wanted(list, LIVING, theirs, 'NAME')
      expect(users.totalCount).toBe(all.length)
      expect(users.nodes.map((user) => user.id)).toEqual(all.slice(0, 30))
    }
  }
})

test('those of a group who are in another one too are found in the group', async () => {
  const members = `members(first: 60, filter: { groupId: "directory_group_few" }) { nodes { id } }`
  const { directoryGroup } = await read<{ directoryGroup: { members: { nodes: { id: string }[] } } }>(
    await app.key(),
    `{ directoryGroup(id: "directory_group_late") { ${members} } }`,
  )
  const both = (person: Person) => isIn('late')(person) && isIn('few')(person)
  const ids = wanted({ field: 'directoryUsers', filter: '', has: both }, LIVING, people, 'CREATED_AT')
  expect(directoryGroup.members.nodes.map(({ id }) => id)).toEqual(ids.toSorted().slice(0, 60))
})

const FEW_NAMED = /"(?:(?:role|directory_group)_(?:few|one|none)|directory_(?:few|empty))"$/

test('few whom a role, a directory or a group names are read by their ids, and not looked for among all', async () => {
  const key = await app.key('org_one')
  const few = asked.filter(({ filter }) => !filter.includes(',') && FEW_NAMED.test(filter))
  for (const { field, filter } of few) {
    const text = `{ ${field}(first: 60, filter: { ${filter} }) { nodes { id } } }`
    const [ids, page, ...others] = await statementsOf(() => read(key, text))
    expect(others).toEqual([])
    // An index names them in its order, so that the rest of many is not read; and theirs is the primary key.
    expect(await planOf(ids!)).toMatch(/^Limit .*\n +-> +Index (?:Only )?Scan /)
    expect(await planOf(page!)).toMatch(/ using (?:account|directory_user)_pkey /)
  }
})

test('more of them are not looked for along the whole list either: by their ids, or for a while, or all of them', async () => {
  const key = await app.key('org_one')
  const texts = async (field: string, filter: string) =>
    statementsOf(() => read(key, `{ ${field}(first: 60, filter: { ${filter} }) { nodes { id } } }`))
  // Along its directory alone.
  const [, inDirectory, ...others] = await texts('directoryUsers', 'groupId: "directory_group_late"')
  expect(others).toEqual([])
  expect(inDirectory!.text).toMatch(/x\.directory_id = \$/)
  expect(await planOf(inDirectory!)).not.toMatch(/organization_id_created_at/)
  const role = await texts('users', 'roleId: "role_late"')
  expect(role).toHaveLength(5)
  expect(await planOf(role[1]!)).toMatch(/Limit .*rows=2000\b/)
  expect(await planOf(role[4]!)).not.toMatch(/Index Scan using account_organization_id_created_at/)
  // Where every other one is named, the walk ends when the page is full.
  const all = await texts('users', 'roleId: "role_all"')
  expect(all).toHaveLength(2)
  expect(await planOf(all[1]!)).not.toMatch(/Sort/)
})

test('of many whom a directory names, those that are searched for are found by the index of the search', async () => {
  const key = await app.key('org_one')
  const search = 'directoryId: "directory_one", search: "0123"'
  const [, found, page, ...others] = await statementsOf(() =>
    read(key, `{ users(filter: { ${search} }) { nodes { id } } }`),
  )
  expect(others).toEqual([])
  expect(await planOf(found!)).toMatch(/Index Scan on account_search_text_idx/)
  expect(await planOf(page!)).toMatch(/ using account_pkey /)
})

async function planOf(statement: Statement): Promise<string> {
  const rows = await explain<{ 'QUERY PLAN': string }>(app.db, statement)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}
