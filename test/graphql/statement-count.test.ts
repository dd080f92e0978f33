import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { overWebSocket } from '../support/live.ts'
import { seed } from './seed.ts'
import { statementsOf, type Statement } from './statements.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  // Otherwise the second time counts would be known.
  app = await startTestApp({ env: { ANSWER_CACHE_BYTES: '0' } })
  await seed(app.db, {
    organizations: 60,
    directories: 60,
    users: 1_200,
    groups: 180,
    groupsPerUser: 3,
    changesPerUser: 2,
    events: 120,
    runs: 180,
    invitations: 60,
  })
  key = await app.key()
  for (let n = 0; n < 60; n += 1) await app.key(`org_${String(n).padStart(7, '0')}`)
})
afterAll(() => app.close())

const Directories = graphql(`
  query CountDirectories($first: Int!) {
    directories(first: $first, filter: { state: [ACTIVE, INVALID_CREDENTIALS, DELETED] }) {
      totalCount
      nodes {
        organization {
          id
          directories(first: 2) {
            totalCount
            nodes {
              name
            }
          }
        }
        userCount
        inactive: userCount(state: INACTIVE)
        groupCount
        guard {
          percent
        }
        attributeMappings {
          attribute
          pointers
        }
        syncRuns(first: 2) {
          totalCount
          nodes {
            directory {
              name
            }
          }
        }
        groups(first: 3) {
          totalCount
          nodes {
            memberCount
            directory {
              id
            }
            members(first: 3, filter: { state: [ACTIVE] }) {
              totalCount
              nodes {
                id
              }
            }
          }
        }
        users(first: 3, orderBy: { field: NAME, direction: DESC }) {
          totalCount
          pageInfo {
            hasNextPage
          }
          nodes {
            directory {
              organization {
                id
              }
            }
            groups(first: 2) {
              totalCount
              nodes {
                name
              }
            }
          }
        }
      }
    }
  }
`)
const Users = graphql(`
  query CountUsers($first: Int!) {
    directoryUsers(first: $first) {
      nodes {
        directory {
          name
        }
        groups(first: 5) {
          nodes {
            members(first: 5) {
              nodes {
                id
              }
            }
          }
        }
        changes(last: 2) {
          totalCount
          nodes {
            directory {
              name
            }
            ... on DirectoryUserChange {
              directoryUser {
                name
              }
            }
          }
        }
      }
    }
  }
`)
const Attributes = graphql(`
  query CountAttributes($first: Int!, $asked: Boolean!) {
    directoryUsers(first: $first) {
      nodes {
        id
        attributes @include(if: $asked) {
          department
          jobTitle
        }
      }
    }
  }
`)
const Changes = graphql(`
  query CountChanges($first: Int!) {
    changes(first: $first) {
      pageInfo {
        endCursor
      }
      nodes {
        directory {
          name
        }
        ... on DirectoryUserChange {
          directoryUser {
            directory {
              organization {
                id
              }
            }
            groups(first: 2) {
              nodes {
                name
              }
            }
          }
        }
      }
    }
  }
`)
const NewestChanges = graphql(`
  query CountNewestChanges($last: Int!) {
    changes(last: $last) {
      pageInfo {
        startCursor
      }
    }
  }
`)

const Events = graphql(`
  query CountEvents($first: Int!) {
    events(first: $first) {
      nodes {
        directory {
          organization {
            id
          }
          userCount
        }
      }
    }
  }
`)
const Keys = graphql(`
  query CountKeys($first: Int!) {
    apiKeys(first: $first) {
      nodes {
        id
        organization {
          id
        }
      }
    }
  }
`)
const Invitations = graphql(`
  query CountInvitations($first: Int!) {
    setupInvitations(first: $first) {
      nodes {
        mailStatus
        sentAt
        organization {
          id
        }
      }
    }
  }
`)
const UsersSince = graphql(`
  query CountUsersSince($first: Int!, $after: String!) {
    directoryUsers(first: $first) {
      nodes {
        changes(first: 2, after: $after) {
          nodes {
            id
          }
        }
      }
    }
  }
`)
const Totals = graphql(`
  query CountTotals($first: Int!) {
    directories(first: $first) {
      totalCount
    }
    directoryUsers(first: $first) {
      totalCount
      nodes {
        groups {
          totalCount
        }
      }
    }
    changes(first: $first) {
      totalCount
    }
  }
`)
const NoTotals = graphql(`
  query CountNoTotals($first: Int!) {
    directories(first: $first) {
      nodes {
        id
      }
    }
    directoryUsers(first: $first) {
      nodes {
        groups {
          pageInfo {
            hasNextPage
          }
        }
      }
    }
    changes(first: $first) {
      edges {
        cursor
      }
    }
  }
`)
const Nodes = graphql(`
  query CountNodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
      ... on DirectoryUser {
        groups {
          nodes {
            id
          }
        }
      }
      ... on ApiKey {
        organization {
          id
        }
      }
    }
  }
`)

const sizes = [1, 5, 50] as const

/** How many statements an operation takes for five parents, and how many more for one and for fifty. */
async function counts<Data>(operation: (parents: number) => Promise<Data>, found: (data: Data) => number) {
  const count = async (size: number): Promise<number> => {
    const statements = await statementsOf(async () => {
      const data = await operation(size)
      if (found(data) !== size) throw new Error(`${found(data)} were found, not ${size}`)
    })
    return statements.length
  }
  const [one, five, fifty] = [await count(1), await count(5), await count(50)]
  // A single one may have nothing of some kind, which then is not asked for.
  return { statements: five, growth: { toOne: Math.max(0, one - five), toFifty: fifty - five } }
}
const growth = { toOne: 0, toFifty: 0 }

test('directories, and what stands in them, take as many statements for fifty as for five', async () => {
  const ask = (first: number) => query(app.url, key, Directories, { first })
  expect(await counts(ask, ({ directories }) => directories.nodes.length)).toEqual({ statements: 20, growth })
})

test('users with their groups, members and changes take as many statements for fifty as for five', async () => {
  const ask = (first: number) => query(app.url, key, Users, { first })
  expect(await counts(ask, ({ directoryUsers }) => directoryUsers.nodes.length)).toEqual({ statements: 6, growth })
})

test('attributes of users, in however many directories, take one statement more; none where nobody asks', async () => {
  const all: Statement[][] = []
  for (const [asked, first] of [
    [false, 100],
    [true, 5],
    [true, 100],
  ] as const) {
    const statements = await statementsOf(async () => {
      const { nodes } = (await query(app.url, key, Attributes, { first, asked })).directoryUsers
      expect(nodes.filter((node) => node.attributes?.department === 'Engineering')).toHaveLength(asked ? first : 0)
    })
    all.push(statements)
  }
  expect(all.map((statements) => statements.length)).toEqual([1, 2, 2])
  expect(all[0]!.filter(({ text }) => text.includes('attribute_mapping'))).toEqual([])
})

test('users with their changes since some moment take as many statements for fifty as for five', async () => {
  const first = await query(app.url, key, Changes, { first: 1 })
  const after = first.changes.pageInfo.endCursor!
  const ask = (parents: number) => query(app.url, key, UsersSince, { first: parents, after })
  expect(await counts(ask, ({ directoryUsers }) => directoryUsers.nodes.length)).toEqual({ statements: 4, growth })
})

test('changes, and what they are about, take as many statements for fifty as for five', async () => {
  const ask = (first: number) => query(app.url, key, Changes, { first })
  expect(await counts(ask, ({ changes }) => changes.nodes.length)).toEqual({ statements: 4, growth })
})

test('a subscriber that catches up has what a page of changes is about loaded together', async () => {
  const all: number[] = []
  for (const behind of [10, 99]) {
    const { changes } = await query(app.url, key, NewestChanges, { last: behind + 1 })
    const statements = await statementsOf(async () => {
      const live = overWebSocket<{ changes: { directoryUser?: { name: string } } }>(app.url, key, {
        query: `subscription ($after: String!) { changes(after: $after) {
          ... on DirectoryUserChange { directoryUser { name } }
        } }`,
        variables: { after: changes.pageInfo.startCursor },
      })
      for (let taken = 0; taken < behind; taken += 1) await live.next()
    })
    all.push(statements.filter(({ text }) => /from directory_user x/.test(text)).length)
  }
  expect(all).toEqual([1, 1])
})

test('events, and what they are about, take as many statements for fifty as for five', async () => {
  const ask = (first: number) => query(app.url, key, Events, { first })
  expect(await counts(ask, ({ events }) => events.nodes.length)).toEqual({ statements: 3, growth })
})

test('invitations, their mails and their organizations take as many statements for fifty as for five', async () => {
  const ask = (first: number) => query(app.url, key, Invitations, { first })
  expect(await counts(ask, ({ setupInvitations }) => setupInvitations.nodes.length)).toEqual({ statements: 3, growth })
})

test('keys and their organizations take as many statements for fifty as for five', async () => {
  const { apiKeys } = await query(app.url, key, Keys, { first: 51 })
  const ids = apiKeys.nodes.slice(1).map(({ id }) => id) // the first is of no organization
  // The request's own credential is found by its hash, and once a minute it is noted that it was used; those of sockets
  // that were open a moment ago may still be watched.
  const ofKeys = ({ text }: Statement) =>
    /api_key|organization/.test(text) && !/(?:hash|last_used_at)" =|"revoked_at" IS NULL/.test(text)
  const all: number[] = []
  for (const first of sizes) {
    const statements = await statementsOf(async () => {
      expect((await query(app.url, key, Keys, { first: first + 1 })).apiKeys.nodes).toHaveLength(first + 1)
      expect((await query(app.url, key, Nodes, { ids: ids.slice(0, first) })).nodes).not.toContain(null)
    }, /api_key/)
    all.push(statements.filter(ofKeys).length)
  }
  expect(all).toEqual([4, 4, 4])
})

test('nodes of every kind take as many statements for sixteen of each as for two', async () => {
  const ids = (each: number) =>
    Array.from({ length: each }, (_, n) => String(n).padStart(7, '0')).flatMap((n) =>
      ['directory_user', 'directory_group', 'directory', 'event', 'org', 'sync_run'].map((kind) => `${kind}_${n}`),
    )
  const all: number[] = []
  for (const each of [2, 16]) {
    const statements = await statementsOf(async () => {
      expect((await query(app.url, key, Nodes, { ids: ids(each) })).nodes).not.toContain(null)
    })
    all.push(statements.length)
  }
  expect(all[1]).toBe(all[0])
  expect(all[0]).toBeLessThanOrEqual(7)
})

test('a list is counted only where totalCount is asked for', async () => {
  const isCount = ({ text }: Statement) => /count\(/i.test(text)
  const totals = await statementsOf(() => query(app.url, key, Totals, { first: 5 }))
  expect(totals.filter(isCount)).toHaveLength(4)
  const without = await statementsOf(() => query(app.url, key, NoTotals, { first: 5 }))
  expect(without.length).toBeGreaterThan(0)
  expect(without.filter(isCount)).toEqual([])
})
