import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  DirectoryFilter,
  DirectoryGroupFilter,
  DirectoryUserFilter,
  EventFilter,
  ChangeFilter,
} from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'

const one = { directory_id: 'directory_one', organization_id: 'org_one' }
const two = { directory_id: 'directory_two', organization_id: 'org_two' }
const people = {
  zoe: user('zoe', { ...one, first_name: 'Zoë', last_name: 'Łukasz-Ångström', email: 'Zoe.A@Example.com', name: null }),
  max: user('max', {
    ...one,
    first_name: 'Max',
    last_name: '100% Müller',
    email: 'max@example.com',
    username: 'max_power',
    updated_at: '2026-06-26T00:00:00Z',
  }),
  ida: user('ida', {
    ...one,
    first_name: 'Ida',
    last_name: 'Back\\Slash',
    email: 'ida@example.com',
    state: 'inactive',
  }),
  tom: user('tom', { ...two, first_name: 'Tom', last_name: 'Maxwell', email: 'tom@example.org', idp_id: 'idp_zoe' }),
  eva: user('eva', { ...two, first_name: 'Eva', last_name: 'Gone', email: 'eva@example.org' }),
}
const groups = {
  staff: group('staff', { ...one, name: 'Staff – Köln' }),
  board: group('board', { ...one, name: 'Board_50%', updated_at: '2026-06-26T00:00:00Z' }),
  crew: group('crew', { ...two, name: 'Staff crew' }),
  past: group('past', { ...two, name: 'Past' }),
}

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  const events = [
    event('dsync.activated', directory({ id: 'directory_one', organization_id: 'org_one', name: 'One' }), 1),
    event(
      'dsync.activated',
      directory({
        id: 'directory_two',
        organization_id: 'org_two',
        name: 'Two',
        type: 'azure scim v2.0',
        updated_at: '2026-06-26T00:00:00Z',
      }),
      1,
    ),
    event(
      'dsync.activated',
      directory({ id: 'directory_three', organization_id: 'org_two', name: 'Three', state: 'invalid_credentials' }),
      1,
    ),
    event('dsync.activated', directory({ id: 'directory_four', organization_id: 'org_two', name: 'Four' }), 1),
    ...Object.values(people).map((person) => event('dsync.user.created', person, 2)),
    ...Object.values(groups).map((each) => event('dsync.group.created', each, 2)),
    event('dsync.group.user_added', member(groups.staff, people.zoe, 'directory_one'), 3),
    event('dsync.group.user_added', member(groups.staff, people.ida, 'directory_one'), 3),
    event('dsync.group.user_added', member(groups.board, people.zoe, 'directory_one'), 3),
    event('dsync.user.deleted', people.eva, 4),
    event('dsync.group.deleted', groups.past, 4),
    event('dsync.deleted', { id: 'directory_four', organization_id: 'org_two', object: 'directory' }, 4),
  ]
  for (const each of events) await app.deliver(each)
  await app.deliver('not JSON')
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

const Users = graphql(`
  query FilterUsers($filter: DirectoryUserFilter) {
    directoryUsers(filter: $filter) {
      totalCount
      nodes {
        id
      }
    }
  }
`)
const Groups = graphql(`
  query FilterGroups($filter: DirectoryGroupFilter) {
    directoryGroups(filter: $filter) {
      totalCount
      nodes {
        id
      }
    }
  }
`)
const Directories = graphql(`
  query FilterDirectories($filter: DirectoryFilter) {
    directories(filter: $filter) {
      totalCount
      nodes {
        id
      }
    }
  }
`)
const Changes = graphql(`
  query FilterChanges($filter: ChangeFilter) {
    changes(filter: $filter, first: 100) {
      totalCount
      nodes {
        __typename
        directory {
          id
        }
      }
    }
  }
`)
const Events = graphql(`
  query FilterEvents($filter: EventFilter) {
    events(filter: $filter, first: 100) {
      totalCount
      nodes {
        type
        status
        directory {
          id
        }
      }
    }
  }
`)

function names({ totalCount, nodes }: { totalCount: number; nodes: readonly { id: string }[] }): string {
  expect(totalCount).toBe(nodes.length)
  return nodes
    .map(({ id }) => id.replace(/^directory_(?:user_|group_)?/, ''))
    .sort()
    .join(' ')
}

describe('users', () => {
  const found: [DirectoryUserFilter, string][] = [
    [{}, 'ida max tom zoe'],
    [{ state: ['ACTIVE'] }, 'max tom zoe'],
    [{ state: ['INACTIVE'] }, 'ida'],
    [{ state: ['DELETED'] }, 'eva'],
    [{ state: ['DELETED', 'INACTIVE'] }, 'eva ida'],
    [{ state: [] }, ''],
    [{ directoryId: 'directory_one' }, 'ida max zoe'],
    [{ directoryId: 'directory_none' }, ''],
    [{ organizationId: 'org_two' }, 'tom'],
    [{ groupId: 'directory_group_staff' }, 'ida zoe'],
    [{ groupId: 'directory_group_staff', state: ['ACTIVE'] }, 'zoe'],
    [{ groupId: 'directory_group_none' }, ''],
    [{ email: 'zoe.a@example.COM' }, 'zoe'],
    [{ email: 'zoe' }, ''],
    [{ email: 'zoë.a@example.com' }, ''],
    [{ emailPrefix: 'zoë' }, ''],
    [{ email: '%' }, ''],
    [{ emailPrefix: 'ZO' }, 'zoe'],
    [{ emailPrefix: 'zoe.a@example.com' }, 'zoe'],
    [{ emailPrefix: 'zp' }, ''],
    [{ emailPrefix: 'oe' }, ''],
    [{ emailPrefix: 'z_e' }, ''],
    [{ emailPrefix: '%' }, ''],
    [{ emailPrefix: '' }, 'ida max tom zoe'],
    [{ idpId: 'idp_zoe' }, 'tom zoe'],
    [{ idpId: 'IDP_ZOE' }, ''],
    [{ idpId: 'idp_zoe', organizationId: 'org_two' }, 'tom'],
    [{ updatedAfter: '2026-06-25T12:00:00Z' }, 'max'],
    [{ updatedAfter: '2026-06-26T01:00:00+01:00' }, ''],
    [{ updatedAfter: '2026-06-25T23:59:59.999Z' }, 'max'],
    // Search: accents and case do not count, words may come in any order, and wildcards are letters.
    [{ search: 'zoe' }, 'zoe'],
    [{ search: 'ZOË' }, 'zoe'],
    [{ search: 'ångstr' }, 'zoe'],
    [{ search: 'angstrom  zo' }, 'zoe'],
    [{ search: 'max' }, 'max tom'],
    [{ search: 'MULLER max' }, 'max'],
    [{ search: 'müller zoe' }, ''],
    [{ search: '%' }, 'max'],
    [{ search: '100%' }, 'max'],
    [{ search: '1%0' }, ''],
    [{ search: 'max_power' }, 'max'],
    [{ search: 'm_x' }, ''],
    [{ search: '_' }, 'max'],
    [{ search: '\\' }, 'ida'],
    [{ search: 'back\\slash' }, 'ida'],
    [{ search: '\\\\' }, ''],
    [{ search: 'example.org' }, 'tom'],
    [{ search: '' }, 'ida max tom zoe'],
    [{ search: '   ' }, 'ida max tom zoe'],
    [{ search: 'gone' }, ''],
    [{ search: 'gone', state: ['DELETED'] }, 'eva'],
    [{ search: "' or true --" }, ''],
  ]
  test.for(found)('%j', async ([filter, expected]) => {
    expect(names((await query(app.url, key, Users, { filter })).directoryUsers)).toBe(expected)
  })
})

describe('groups', () => {
  const found: [DirectoryGroupFilter, string][] = [
    [{}, 'board crew staff'],
    [{ directoryId: 'directory_two' }, 'crew'],
    [{ organizationId: 'org_one' }, 'board staff'],
    [{ userId: 'directory_user_zoe' }, 'board staff'],
    [{ userId: 'directory_user_none' }, ''],
    [{ search: 'koln STAFF' }, 'staff'],
    [{ search: 'staff' }, 'crew staff'],
    [{ search: '50%' }, 'board'],
    [{ search: 'b%d' }, ''],
    [{ search: 'd_5' }, 'board'],
    [{ search: 'past' }, ''],
    [{ updatedAfter: '2026-06-25T12:00:00Z' }, 'board'],
  ]
  test.for(found)('%j', async ([filter, expected]) => {
    expect(names((await query(app.url, key, Groups, { filter })).directoryGroups)).toBe(expected)
  })
})

describe('directories', () => {
  const found: [DirectoryFilter, string][] = [
    [{}, 'one three two'],
    [{ state: ['ACTIVE'] }, 'one two'],
    [{ state: ['INVALID_CREDENTIALS'] }, 'three'],
    [{ state: ['DELETED'] }, 'four'],
    [{ state: ['DELETED', 'INVALID_CREDENTIALS'] }, 'four three'],
    [{ state: ['VALIDATING', 'DELETING'] }, ''],
    [{ state: [] }, ''],
    [{ organizationId: 'org_two' }, 'three two'],
    [{ organizationId: 'org_two', state: ['DELETED', 'ACTIVE'] }, 'four two'],
    [{ type: 'azure scim v2.0' }, 'two'],
    [{ type: 'azure' }, ''],
    [{ updatedAfter: '2026-06-25T12:00:00Z' }, 'two'],
  ]
  test.for(found)('%j', async ([filter, expected]) => {
    expect(names((await query(app.url, key, Directories, { filter })).directories)).toBe(expected)
  })
})

describe('changes', () => {
  const found: [ChangeFilter, Record<string, number>][] = [
    [{ directoryUserId: 'directory_user_ida' }, { DirectoryUserChange: 1, MembershipChange: 1, UserChange: 1 }],
    [{ directoryGroupId: 'directory_group_staff' }, { DirectoryGroupChange: 1, MembershipChange: 2 }],
    [{ directoryId: 'directory_one', kinds: ['DIRECTORY_USER_CREATED'] }, { DirectoryUserChange: 3 }],
    [
      { organizationId: 'org_two', kinds: ['DIRECTORY_DELETED', 'DIRECTORY_GROUP_DELETED'] },
      { DirectoryChange: 1, DirectoryGroupChange: 1 },
    ],
    [{ kinds: [] }, {}],
    [{ directoryId: 'directory_none' }, {}],
  ]
  test.for(found)('%j', async ([filter, expected]) => {
    const { changes } = await query(app.url, key, Changes, { filter })
    const types = Object.groupBy(changes.nodes, (change) => change.__typename)
    expect(Object.fromEntries(Object.entries(types).map(([type, all]) => [type, all.length]))).toEqual(expected)
    expect(changes.totalCount).toBe(changes.nodes.length)
  })
})

describe('events', () => {
  const found: [EventFilter, number][] = [
    [{}, 20],
    [{ status: ['FAILED'] }, 1],
    [{ status: ['FAILED', 'APPLIED'] }, 20],
    [{ status: [] }, 0],
    [{ type: ['dsync.user.deleted'] }, 1],
    [{ type: ['dsync.user.deleted', 'dsync.group.user_added'] }, 4],
    [{ directoryId: 'directory_one' }, 9],
    [{ directoryId: 'directory_none' }, 0],
    [{ organizationId: 'org_one' }, 9],
    [{ organizationId: 'org_two' }, 10],
    [{ organizationId: 'org_two', directoryId: 'directory_three' }, 1],
    [{ organizationId: 'org_two', directoryId: 'directory_one' }, 0],
    [{ organizationId: 'org_none' }, 0],
    [{ receivedAfter: '2026-01-01T00:00:00Z' }, 20],
    [{ receivedAfter: '2126-01-01T00:00:00Z' }, 0],
  ]
  test.for(found)('%j', async ([filter, expected]) => {
    const { events } = await query(app.url, key, Events, { filter })
    expect([events.nodes.length, events.totalCount]).toEqual([expected, expected])
  })

  test('of several directories come newest first, page by page', async () => {
    const Page = graphql(`
      query EventPage($first: Int, $last: Int, $after: String, $before: String) {
        events(filter: { organizationId: "org_two" }, first: $first, last: $last, after: $after, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            startCursor
            endCursor
          }
          nodes {
            id
          }
        }
      }
    `)
    const all = await app.db.prisma.inboxEvent.findMany({
      where: { directoryId: { in: ['directory_two', 'directory_three', 'directory_four'] } },
      orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
    })
    const ids = all.map(({ id }) => id)
    const found: string[] = []
    let after: string | null = null
    do {
      const { events } = (await query(app.url, key, Page, { first: 4, after })) as {
        events: { pageInfo: { hasNextPage: boolean; endCursor: string }; nodes: { id: string }[] }
      }
      found.push(...events.nodes.map(({ id }) => id))
      after = events.pageInfo.hasNextPage ? events.pageInfo.endCursor : null
    } while (after !== null)
    expect(found).toEqual(ids)
    const last = await query(app.url, key, Page, { last: 4 })
    expect(last.events.nodes.map(({ id }) => id)).toEqual(ids.slice(-4))
    expect(last.events.pageInfo.hasPreviousPage).toBe(true)
    const earlier = await query(app.url, key, Page, { last: 4, before: last.events.pageInfo.startCursor! })
    expect(earlier.events.nodes.map(({ id }) => id)).toEqual(ids.slice(-8, -4))
  })
})
