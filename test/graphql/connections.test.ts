import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { DirectoryUserOrderField, OrderDirection } from '../../src/generated/operations/graphql.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'

// Names, addresses and times of change run in other orders than ids do, and some of them are the same or missing.
const people = Array.from({ length: 12 }, (_, n) =>
  user(String(n).padStart(2, '0'), {
    first_name: 'Same',
    last_name: `Name ${(n * 5) % 4}`,
    email: n === 3 ? null : `person${(n * 7) % 12}@example.com`,
    created_at: `2026-01-${String(1 + Math.floor(n / 3)).padStart(2, '0')}T00:00:00.${n % 2 === 0 ? '000' : '120'}Z`,
    updated_at: `2026-02-${String(1 + ((n * 5) % 12)).padStart(2, '0')}T00:00:00Z`,
  }),
)

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  for (const person of people) await app.deliver(event('dsync.user.created', person, 2))
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

const Page = graphql(`
  query ConnectionPage(
    $first: Int
    $last: Int
    $after: String
    $before: String
    $orderBy: DirectoryUserOrder
    $filter: DirectoryUserFilter
  ) {
    directoryUsers(first: $first, last: $last, after: $after, before: $before, orderBy: $orderBy, filter: $filter) {
      totalCount
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      edges {
        cursor
        node {
          id
        }
      }
      nodes {
        id
      }
    }
  }
`)

interface Asked {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
  readonly orderBy?: { readonly field: DirectoryUserOrderField; readonly direction?: OrderDirection | null }
}

async function page(asked: Asked) {
  const { directoryUsers } = await query(app.url, key, Page, asked)
  const { edges, nodes, pageInfo } = directoryUsers
  expect(edges.map(({ node }) => node)).toEqual(nodes)
  expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null)
  expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null)
  return { ...directoryUsers, ids: nodes.map(({ id }) => id) }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const sortKeys: Record<DirectoryUserOrderField, (person: (typeof people)[number]) => string> = {
  CREATED_AT: (person) => person.created_at,
  UPDATED_AT: (person) => person.updated_at,
  NAME: (person) => person.last_name,
  EMAIL: (person) => person.email ?? '',
}

function expected(field: DirectoryUserOrderField, direction: OrderDirection): string[] {
  const key = sortKeys[field]
  const ordered = people.toSorted((a, b) => compare(key(a), key(b)) || compare(a.id, b.id)).map(({ id }) => id)
  return direction === 'ASC' ? ordered : ordered.toReversed()
}

const orders = (Object.keys(sortKeys) as DirectoryUserOrderField[]).flatMap((field) => [
  { field, direction: 'ASC' as const },
  { field, direction: 'DESC' as const },
])

describe.for(orders)('in the order $field $direction', (orderBy) => {
  const all = expected(orderBy.field, orderBy.direction)

  test('pages from the beginning give everyone once', async () => {
    const found: string[] = []
    let after: string | null = null
    do {
      const { ids, pageInfo, totalCount }: Awaited<ReturnType<typeof page>> = await page({ first: 5, after, orderBy })
      expect(totalCount).toBe(12)
      expect(pageInfo.hasPreviousPage).toBe(after !== null)
      found.push(...ids)
      expect(pageInfo.hasNextPage).toBe(found.length < 12)
      after = pageInfo.hasNextPage ? pageInfo.endCursor! : null
    } while (after !== null)
    expect(found).toEqual(all)
  })

  test('pages from the end give everyone once, each page in the order of the list', async () => {
    const found: string[] = []
    let before: string | null = null
    do {
      const { ids, pageInfo }: Awaited<ReturnType<typeof page>> = await page({ last: 5, before, orderBy })
      expect(pageInfo.hasNextPage).toBe(before !== null)
      found.unshift(...ids)
      expect(pageInfo.hasPreviousPage).toBe(found.length < 12)
      before = pageInfo.hasPreviousPage ? pageInfo.startCursor! : null
    } while (before !== null)
    expect(found).toEqual(all)
  })

  test('what stands between two cursors is between them', async () => {
    const { edges } = await page({ first: 12, orderBy })
    const between = { after: edges[2]!.cursor, before: edges[9]!.cursor, orderBy }
    expect((await page(between)).ids).toEqual(all.slice(3, 9))
    expect((await page({ ...between, first: 2 })).ids).toEqual(all.slice(3, 5))
    expect((await page({ ...between, last: 2 })).ids).toEqual(all.slice(7, 9))
  })
})

test('a page has 25 entries where nobody says how many, and up to 100', async () => {
  const many = await startTestApp()
  await many.deliver(event('dsync.activated', directory(), 1))
  for (let n = 0; n < 101; n += 1) await many.deliver(event('dsync.user.created', user(`many_${n}`), 2))
  await many.applied()
  const secret = await many.key()
  const sizes = []
  const asks: Asked[] = [{}, { first: null, last: null }, { first: 1 }, { first: 100 }, { last: 100 }]
  for (const asked of asks) {
    const { directoryUsers } = await query(many.url, secret, Page, asked)
    sizes.push([
      directoryUsers.nodes.length,
      directoryUsers.pageInfo.hasNextPage,
      directoryUsers.pageInfo.hasPreviousPage,
    ])
  }
  expect(sizes).toEqual([
    [25, true, false],
    [25, true, false],
    [1, true, false],
    [100, true, false],
    [100, false, true],
  ])
  await many.close()
})

test('the row at the boundary may be deleted, or move, and the next page is what follows its place', async () => {
  const all = expected('NAME', 'ASC')
  const orderBy = { field: 'NAME' } as const
  const first = await page({ first: 5, orderBy })
  const boundary = first.ids.at(-1)!
  const person = people.find(({ id }) => id === boundary)!
  await app.deliver(event('dsync.user.deleted', person, 10))
  await app.applied()
  const after = first.pageInfo.endCursor!
  const next = await page({ first: 100, after, orderBy })
  expect(next.ids).toEqual(all.slice(5))
  expect(next.totalCount).toBe(11)
  expect((await page({ last: 100, before: next.pageInfo.startCursor, orderBy })).ids).toEqual(all.slice(0, 4))

  await app.deliver(event('dsync.user.created', { ...person, last_name: 'Zzz' }, 11))
  await app.applied()
  expect((await page({ first: 100, after, orderBy })).ids).toEqual([...all.slice(5), boundary])
  await app.deliver(event('dsync.user.updated', person, 12))
  await app.applied()
})

describe('an argument that cannot be is named', () => {
  const cursor = (...parts: readonly unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const wrong: [what: string, asked: Asked, path: string][] = [
    ['first: 0', { first: 0 }, 'first'],
    ['first: -1', { first: -1 }, 'first'],
    ['first: 101', { first: 101 }, 'first'],
    ['last: 0', { last: 0 }, 'last'],
    ['last: 101', { last: 101 }, 'last'],
    ['first and last', { first: 1, last: 1 }, 'last'],
    ['a cursor of nothing', { after: '' }, 'after'],
    ['a cursor of garbage', { after: 'garbage' }, 'after'],
    ['a cursor of garbage before', { before: '!!!!' }, 'before'],
    ['a cursor of another form', { after: cursor('CREATED_AT ASC', 'x') }, 'after'],
    ['a cursor of other types', { after: cursor('CREATED_AT ASC', 5, ['x']) }, 'after'],
    ['a cursor of another order', { after: cursor('NAME ASC', 'x', 'y') }, 'after'],
    ['a cursor of another direction', { before: cursor('CREATED_AT DESC', '2026-01-01 00:00:00+00', 'y') }, 'before'],
    ['a cursor without a time', { after: cursor('CREATED_AT ASC', 'yesterday', 'y') }, 'after'],
    // Times that JavaScript takes and PostgreSQL does not.
    ['a cursor of the 31st of June', { after: cursor('CREATED_AT ASC', 'Jun 31 2026', 'y') }, 'after'],
    ['a cursor of a number', { after: cursor('CREATED_AT ASC', '1', 'y') }, 'after'],
    ['a cursor of the year 0', { after: cursor('CREATED_AT ASC', '0000-01-01 00:00:00+00', 'y') }, 'after'],
    ['a cursor of the year 275000', { after: cursor('CREATED_AT ASC', '+275000-01-01T00:00:00Z', 'y') }, 'after'],
    ['a cursor with a null character', { after: cursor('CREATED_AT ASC', '2026-01-01 00:00:00+00', 'y\0') }, 'after'],
    [
      'a cursor with half of a surrogate pair',
      { after: cursor('CREATED_AT ASC', '2026-01-01 00:00:00+00', 'y\ud800') },
      'after',
    ],
  ]
  test.for(wrong)('%s', async ([, asked, path]) => {
    const { data, errors } = await ask(app.url, key, Page, asked)
    expect(data).toBeNull()
    expect(errors).toHaveLength(1)
    expect(errors![0]!.message).toMatch(new RegExp(`^${path}: `))
    expect(errors![0]!.path).toEqual(['directoryUsers'])
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ path: [path] }] })
  })

  test('garbage for a cursor of the change log', async () => {
    const Changes = graphql(`
      query ConnectionChanges($after: String, $before: String, $first: Int) {
        changes(after: $after, before: $before, first: $first) {
          nodes {
            id
          }
        }
      }
    `)
    const block = Buffer.alloc(16, 7).toString('base64url')
    const garbage: [string, { after?: string; before?: string; first?: number }][] = [
      ['after', { after: 'garbage' }],
      ['before', { before: '' }],
      ['after', { after: block }],
      ['after', { after: '1' }],
      ['first', { first: 101 }],
    ]
    for (const [path, asked] of garbage) {
      const { errors } = await ask(app.url, key, Changes, asked)
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ path: [path] }] })
    }
  })
})

test('a list that nothing is in has an empty page', async () => {
  const { directoryUsers } = await query(app.url, key, Page, { filter: { idpId: 'nobody' } })
  expect(directoryUsers).toEqual({
    totalCount: 0,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    edges: [],
    nodes: [],
  })
})

test('a time before the common age of computers can be paged over too', async () => {
  const old = user('old', { created_at: '0001-01-01T00:00:00Z' })
  await app.deliver(event('dsync.user.created', old, 20))
  await app.applied()
  const first = await page({ first: 1 })
  expect(first.ids).toEqual([old.id])
  expect((await page({ first: 1, after: first.pageInfo.endCursor })).ids).toEqual([expected('CREATED_AT', 'ASC')[0]])
  expect((await page({ last: 1, before: (await page({ first: 2 })).pageInfo.endCursor })).ids).toEqual([old.id])
  await app.deliver(event('dsync.user.deleted', old, 21))
  await app.applied()
})
