// Whoever is searched for is found, all of them and in order, however many they are and wherever in the order they
// stand.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'

interface Person {
  readonly id: string
  readonly directoryId: string
  readonly organizationId: string
  readonly first: string
  readonly last: string
  readonly email: string
  readonly createdAt: number
}

// 2,250 of 9,000 are called Zimmer, which is last by name, but for 90 who are first; 225 Anna; all have an address at
// example.com.
const people: readonly Person[] = Array.from({ length: 9_000 }, (_, n) => {
  const first = n % 40 === 7 ? 'Anna' : `First${(n * 7_919) % 9_000}`
  const last = n % 4 === 2 ? `${n % 100 === 2 ? 'Aa' : ''}Zimmer${n % 3}` : `Last${(n * 104_729) % 9_000}`
  return {
    id: `directory_user_${String(n).padStart(5, '0')}`,
    directoryId: `directory_${n % 6}`,
    organizationId: n % 6 < 3 ? 'org_one' : 'org_two',
    first,
    last,
    email: `${first}.${last}@example.com`.toLowerCase(),
    createdAt: Date.UTC(2026, 0, 1) + ((n * 31) % 9_000) * 1_000,
  }
})
const nameOf = ({ first, last }: Person) => `${last} ${first}`.toLowerCase()
const textOf = ({ first, last, email }: Person) => `${first} ${last} ${email}`.toLowerCase()

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  const { pool } = app.db
  await pool.query(`
    insert into organization (id) values ('org_one'), ('org_two');
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    select 'directory_' || n, case when n < 3 then 'org_one' else 'org_two' end, 'Directory ' || n, 'okta scim v2.0', 'ACTIVE',
           '{}', now(), now()
    from generate_series(0, 5) n`)
  await pool.query(
    `insert into directory_user (id, directory_id, organization_id, idp_id, email, first_name, last_name, emails, state, active,
                                 custom_attributes, raw_attributes, idp_roles, created_at, updated_at, sort_name, sort_email, search_text)
     select id, dir, org, id, mail, first, last, '[]', 'ACTIVE', true, '{}', '{}', '{}', to_timestamp(ms / 1000), now(), name, mail, content
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::text[], $9::text[])
       as person (id, dir, org, mail, first, last, ms, name, content)`,
    [
      people.map(({ id }) => id),
      people.map(({ directoryId }) => directoryId),
      people.map(({ organizationId }) => organizationId),
      people.map(({ email }) => email),
      people.map(({ first }) => first),
      people.map(({ last }) => last),
      people.map(({ createdAt }) => createdAt),
      people.map(nameOf),
      people.map(textOf),
    ],
  )
  await pool.query('analyze')
}, 60_000)
afterAll(() => app.close())

const ORDERS = {
  NAME: nameOf,
  CREATED_AT: ({ createdAt }: Person) => createdAt,
}
type Field = keyof typeof ORDERS

/** Those who have each of the words, in order. */
function wanted(among: readonly Person[], search: string, field: Field, direction: string): string[] {
  const words = search.toLowerCase().split(' ')
  const key = ORDERS[field]
  const sorted = among
    .filter((person) => words.every((word) => textOf(person).includes(word)))
    .map((person) => ({ id: person.id, key: key(person) }))
    .sort((a, b) => (a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key < b.key ? -1 : 1))
    .map(({ id }) => id)
  return direction === 'ASC' ? sorted : sorted.toReversed()
}

interface Page {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly startCursor: string | null; readonly endCursor: string | null }
}

async function read<Data>(key: string, text: string): Promise<Data> {
  const { data, errors } = await ask<Data, Record<string, never>>(app.url, key, text)
  expect(errors).toBeUndefined()
  return data!
}

const SEARCHES = ['anna', 'zimmer', 'Zimmer1 anna', 'example', 'last17', 'an', 'nobody', 'com zimmer2', 'a.b']
const viewers = [
  { who: 'who sees all', organizationId: null },
  { who: 'a viewer of one organization', organizationId: 'org_one' },
  { who: 'a viewer of the other', organizationId: 'org_two' },
]

test.for(viewers)('every page of every search holds whom it has to hold, for $who', async ({ organizationId }) => {
  const key = await app.key(organizationId)
  const mine = people.filter((person) => organizationId === null || person.organizationId === organizationId)
  const PAGE = 60
  for (const search of SEARCHES)
    for (const field of Object.keys(ORDERS) as Field[])
      for (const direction of ['ASC', 'DESC']) {
        const all = wanted(mine, search, field, direction)
        const page = async (which: string) => {
          const call = `list: directoryUsers(${which}, filter: { search: "${search}" }, orderBy: { field: ${field}, direction: ${direction} })`
          const { list } = await read<{ list: Page }>(
            key,
            `{ ${call} { nodes { id } pageInfo { startCursor endCursor } } }`,
          )
          return { ids: list.nodes.map(({ id }) => id), ...list.pageInfo }
        }
        const asked = `${search} by ${field} ${direction}`
        const first = await page(`first: ${PAGE}`)
        expect({ asked, ids: first.ids }).toEqual({ asked, ids: all.slice(0, PAGE) })
        const last = await page(`last: ${PAGE}`)
        expect({ asked, ids: last.ids }).toEqual({ asked, ids: all.slice(-PAGE) })
        if (first.endCursor === null || last.startCursor === null) continue
        const second = await page(`first: ${PAGE}, after: "${first.endCursor}"`)
        expect({ asked, ids: second.ids }).toEqual({ asked, ids: all.slice(PAGE, 2 * PAGE) })
        const secondLast = await page(`last: ${PAGE}, before: "${last.startCursor}"`)
        expect({ asked, ids: secondLast.ids }).toEqual({ asked, ids: all.slice(0, -PAGE).slice(-PAGE) })
      }
})

test('in several directories at once each has its own', async () => {
  const key = await app.key('org_one')
  const everybody = await app.key()
  for (const search of SEARCHES)
    for (const [credential, directories] of [
      [key, 3],
      [everybody, 6],
    ] as const) {
      const { directories: found } = await read<{
        directories: { nodes: { id: string; users: Page & { totalCount: number } }[] }
      }>(
        credential,
        `{ directories { nodes { id users(first: 30, filter: { search: "${search}" }, orderBy: { field: NAME }) {
          totalCount nodes { id } } } } }`,
      )
      expect(found.nodes).toHaveLength(directories)
      for (const { id, users } of found.nodes) {
        const all = wanted(
          people.filter(({ directoryId }) => directoryId === id),
          search,
          'NAME',
          'ASC',
        )
        expect(users.nodes.map((user) => user.id)).toEqual(all.slice(0, 30))
        expect(users.totalCount).toBe(all.length)
      }
    }
})
