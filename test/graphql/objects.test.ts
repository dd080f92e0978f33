// Every field of every object, as WorkOS told it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, directoryId, event, group, member, organizationId, time, user } from '../support/events.ts'

const ada = user('ada', {
  idp_id: 'okta|ada',
  email: 'Ada@Example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  name: 'Countess Lovelace',
  username: 'ada',
  job_title: 'Analyst',
  state: 'inactive',
  custom_attributes: { department_name: 'Engines', level: 7, tags: ['a', null] },
  raw_attributes: { secret: { of: 'the provider' } },
  roles: [{ slug: 'admin' }, { slug: 'member' }],
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-02-03 04:05:06.7',
})
const nobody = user('nobody', { email: null, name: null, first_name: null, last_name: null, custom_attributes: {} })
const engineers = group('engineers', { idp_id: 'okta|engineers', created_at: time(7), updated_at: time(8) })

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  const events = [
    event('dsync.activated', directory({ created_at: time(1), updated_at: time(2) }), 10, 'event_0'),
    event('dsync.user.created', ada, 11, 'event_1'),
    event('dsync.user.created', nobody, 12, 'event_2'),
    event('dsync.group.created', engineers, 13, 'event_3'),
    event('dsync.group.user_added', member(engineers, ada), 14, 'event_4'),
    event('dsync.user.updated', { ...nobody, first_name: 'No', last_name: 'Body' }, 15, 'event_5'),
    event('dsync.user.deleted', { ...nobody, first_name: 'No', last_name: 'Body' }, 16, 'event_6'),
  ]
  for (const each of events) await app.deliver(each)
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

test('a directory', async () => {
  const Directory = graphql(`
    query ObjectDirectory($id: ID!) {
      directory(id: $id) {
        __typename
        id
        organization {
          __typename
          id
          name
          directories {
            nodes {
              id
            }
          }
        }
        name
        type
        provider {
          key
          name
          protocol
          typicalLatencyMinutes
        }
        state
        domains
        userCount
        active: userCount(state: ACTIVE)
        inactive: userCount(state: INACTIVE)
        deleted: userCount(state: DELETED)
        groupCount
        users {
          nodes {
            id
          }
        }
        groups {
          nodes {
            id
          }
        }
        lastSyncedAt
        lastEventAt
        createdAt
        updatedAt
        deletedAt
      }
    }
  `)
  expect((await query(app.url, key, Directory, { id: directoryId })).directory).toEqual({
    __typename: 'Directory',
    id: directoryId,
    organization: {
      __typename: 'Organization',
      id: organizationId,
      name: null,
      directories: { nodes: [{ id: directoryId }] },
    },
    name: 'Test directory',
    type: 'okta scim v2.0',
    provider: { key: 'okta', name: 'Okta', protocol: 'SCIM', typicalLatencyMinutes: 0 },
    state: 'ACTIVE',
    domains: ['example.com'],
    userCount: 1,
    active: 0,
    inactive: 1,
    deleted: 1,
    groupCount: 1,
    users: { nodes: [{ id: ada.id }] },
    groups: { nodes: [{ id: engineers.id }] },
    lastSyncedAt: null,
    lastEventAt: time(16),
    createdAt: time(1),
    updatedAt: time(2),
    deletedAt: null,
  })
})

test('a user', async () => {
  const User = graphql(`
    query ObjectUser($id: ID!) {
      directoryUser(id: $id) {
        __typename
        id
        directory {
          id
        }
        idpId
        email
        firstName
        lastName
        name
        username
        state
        customAttributes
        rawAttributes
        idpRoles
        groups {
          nodes {
            id
          }
        }
        changes {
          nodes {
            __typename
          }
        }
        createdAt
        updatedAt
        deletedAt
      }
    }
  `)
  const { directoryUser: known } = await query(app.url, key, User, { id: ada.id })
  expect(known).toEqual({
    __typename: 'DirectoryUser',
    id: ada.id,
    directory: { id: directoryId },
    idpId: 'okta|ada',
    email: 'Ada@Example.com',
    firstName: 'Ada',
    lastName: 'Lovelace',
    name: 'Countess Lovelace',
    username: 'ada',
    state: 'INACTIVE',
    customAttributes: { department_name: 'Engines', level: 7, tags: ['a', null] },
    rawAttributes: { secret: { of: 'the provider' } },
    idpRoles: ['admin', 'member'],
    groups: { nodes: [{ id: engineers.id }] },
    // What follows for the account comes with what it follows from, whether or not the membership came with both.
    changes: {
      nodes: expect.toSatisfy((nodes: { __typename: string }[]) =>
        /^DirectoryUserChange (?:UserChange MembershipChange|MembershipChange UserChange)$/.test(
          nodes.map((node) => node.__typename).join(' '),
        ),
      ) as unknown,
    },
    createdAt: '2026-01-02T03:04:05.678Z',
    updatedAt: '2026-02-03T04:05:06.700Z',
    deletedAt: null,
  })
  const { directoryUser: gone } = await query(app.url, key, User, { id: nobody.id })
  expect(gone).toMatchObject({
    email: null,
    name: 'No Body',
    username: null,
    state: 'DELETED',
    customAttributes: {},
    deletedAt: time(16),
  })
})

test('a group', async () => {
  const Group = graphql(`
    query ObjectGroup($id: ID!) {
      directoryGroup(id: $id) {
        __typename
        id
        directory {
          id
        }
        idpId
        name
        members {
          totalCount
          nodes {
            id
          }
        }
        inactive: members(filter: { state: [INACTIVE] }) {
          totalCount
        }
        active: members(filter: { state: [ACTIVE] }) {
          totalCount
        }
        memberCount
        createdAt
        updatedAt
        deletedAt
      }
    }
  `)
  expect((await query(app.url, key, Group, { id: engineers.id })).directoryGroup).toEqual({
    __typename: 'DirectoryGroup',
    id: engineers.id,
    directory: { id: directoryId },
    idpId: 'okta|engineers',
    name: 'engineers',
    members: { totalCount: 1, nodes: [{ id: ada.id }] },
    inactive: { totalCount: 1 },
    active: { totalCount: 0 },
    memberCount: 1,
    createdAt: time(7),
    updatedAt: time(8),
    deletedAt: null,
  })
})

test('changes of every type', async () => {
  const Changes = graphql(`
    query ObjectChanges {
      changes {
        edges {
          cursor
          node {
            __typename
            id
            cursor
            directory {
              id
            }
            source
            eventId
            actor
            occurredAt
            recordedAt
            ... on DirectoryChange {
              directoryKind: kind
              changedFields
              previous
            }
            ... on DirectoryUserChange {
              userKind: kind
              directoryUserId
              directoryUser {
                id
              }
              changedFields
              previous
            }
            ... on DirectoryGroupChange {
              groupKind: kind
              directoryGroupId
              directoryGroup {
                id
              }
              changedFields
              previous
            }
            ... on MembershipChange {
              membershipKind: kind
              directoryUserId
              directoryUser {
                id
              }
              directoryGroupId
              directoryGroup {
                id
              }
            }
            ... on UserChange {
              accountKind: kind
              userId
              user {
                id
              }
              directoryUser {
                id
              }
              changedFields
              previous
            }
          }
        }
      }
    }
  `)
  const { changes } = await query(app.url, key, Changes)
  const common = (second: number) => ({
    id: expect.stringMatching(/^change_/) as string,
    cursor: expect.stringMatching(/^[\w-]{22}$/) as string,
    directory: { id: directoryId },
    source: 'WEBHOOK',
    eventId: `event_${second - 10}`,
    actor: null,
    occurredAt: time(second),
    recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
  })
  const subject = {
    user: (id: string) => ({ directoryUserId: id, directoryUser: { id } }),
    group: { directoryGroupId: engineers.id, directoryGroup: { id: engineers.id } },
  }
  const nothing = { changedFields: [], previous: null }
  const account = (id: string) => ({
    userId: expect.stringMatching(/^account_/) as string,
    user: { id: expect.stringMatching(/^account_/) as string },
    directoryUser: { id },
  })
  // What follows for accounts comes at the end of its transaction, and how many events that takes is a matter of time.
  const nodes = changes.edges.map(({ node }) => node)
  expect(nodes.filter(({ __typename }) => __typename !== 'UserChange')).toEqual([
    { __typename: 'DirectoryChange', ...common(10), directoryKind: 'ACTIVATED', ...nothing },
    { __typename: 'DirectoryUserChange', ...common(11), userKind: 'CREATED', ...subject.user(ada.id), ...nothing },
    { __typename: 'DirectoryUserChange', ...common(12), userKind: 'CREATED', ...subject.user(nobody.id), ...nothing },
    { __typename: 'DirectoryGroupChange', ...common(13), groupKind: 'CREATED', ...subject.group, ...nothing },
    {
      __typename: 'MembershipChange',
      ...common(14),
      membershipKind: 'ADDED',
      ...subject.user(ada.id),
      ...subject.group,
    },
    {
      __typename: 'DirectoryUserChange',
      ...common(15),
      userKind: 'UPDATED',
      ...subject.user(nobody.id),
      changedFields: ['firstName', 'lastName'],
      previous: { firstName: null, lastName: null },
    },
    { __typename: 'DirectoryUserChange', ...common(16), userKind: 'DELETED', ...subject.user(nobody.id), ...nothing },
  ])
  expect(nodes.find((node) => node.__typename === 'UserChange' && node.directoryUser?.id === ada.id)).toEqual({
    __typename: 'UserChange',
    ...common(14),
    eventId: expect.any(String) as string,
    occurredAt: expect.any(String) as string,
    accountKind: 'PROVISIONED',
    ...account(ada.id),
    ...nothing,
  })
  for (const { cursor, node } of changes.edges) expect(node.cursor).toBe(cursor)
  expect(new Set(changes.edges.map(({ node }) => node.id)).size).toBe(nodes.length)
})

test('an event', async () => {
  const Events = graphql(`
    query ObjectEvents {
      events(filter: { type: ["dsync.group.created"] }) {
        nodes {
          __typename
          id
          type
          directory {
            id
          }
          status
          source
          attempts
          error
          payload
          occurredAt
          receivedAt
          appliedAt
        }
      }
    }
  `)
  const recently = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string
  expect((await query(app.url, key, Events)).events.nodes).toEqual([
    {
      __typename: 'Event',
      id: 'event_3',
      type: 'dsync.group.created',
      directory: { id: directoryId },
      status: 'APPLIED',
      source: 'WEBHOOK',
      attempts: 1,
      error: null,
      payload: event('dsync.group.created', engineers, 13, 'event_3'),
      occurredAt: time(13),
      receivedAt: recently,
      appliedAt: recently,
    },
  ])
})

const Nodes = graphql(`
  query ObjectNodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
    }
  }
`)

test('anything is found by the id that WorkOS gave it, in the order asked, and null is what is not there', async () => {
  const events = await app.db.prisma.inboxEvent.findMany({ select: { id: true } })
  await app.deliver('garbage')
  const unreadable = await app.db.prisma.inboxEvent.findFirstOrThrow({ where: { type: 'unreadable' } })
  const { id: keyId } = await app.db.prisma.apiKey.findFirstOrThrow()
  const invitationId = 'setup_invitation_one'
  const times = { createdAt: new Date(), expiresAt: new Date() }
  const invitation = { organizationId, email: 'it@example.com', intent: 'DSYNC' as const, createdBy: 'test', ...times }
  await app.db.prisma.setupInvitation.create({
    data: { id: invitationId, tokenHash: new Uint8Array(32), ...invitation },
  })
  const asked: [string, string | null][] = [
    [engineers.id, 'DirectoryGroup'],
    ['directory_group_none', null],
    [ada.id, 'DirectoryUser'],
    [directoryId, 'Directory'],
    [events[0]!.id, 'Event'],
    [organizationId, 'Organization'],
    ['org_none', null],
    ['', null],
    ['nonsense', null],
    [nobody.id, 'DirectoryUser'],
    [unreadable.id, 'Event'],
    [keyId, 'ApiKey'],
    [invitationId, 'SetupInvitation'],
    [ada.id, 'DirectoryUser'],
    ["directory_user_' or true", null],
  ]
  const { nodes } = await query(app.url, key, Nodes, { ids: asked.map(([id]) => id) })
  expect(nodes).toEqual(asked.map(([id, type]) => (type === null ? null : { __typename: type, id })))
  expect((await query(app.url, key, Nodes, { ids: [] })).nodes).toEqual([])
})

test('what there is nothing of is null', async () => {
  const Nothing = graphql(`
    query ObjectNothing($id: ID!) {
      node(id: $id) {
        id
      }
      organization(id: $id) {
        id
      }
      directory(id: $id) {
        id
      }
      directoryUser(id: $id) {
        id
      }
      directoryGroup(id: $id) {
        id
      }
    }
  `)
  const nothing = { node: null, organization: null, directory: null, directoryUser: null, directoryGroup: null }
  for (const id of ['none', '', '\u{1F469}', 'x'.repeat(5_000)])
    expect(await query(app.url, key, Nothing, { id })).toEqual(nothing)
})

test('somebody of whom only an ended membership spoke is not shown', async () => {
  const hearsay = { id: 'directory_user_hearsay', directory_id: directoryId }
  await app.deliver(event('dsync.group.user_removed', member(engineers, hearsay), 20, 'event_hearsay'))
  await app.applied()
  expect(await app.db.prisma.directoryUser.findUnique({ where: { id: hearsay.id } })).not.toBeNull()
  expect((await query(app.url, key, Nodes, { ids: [hearsay.id] })).nodes).toEqual([null])
})

test('an event whose body is null, or nested beyond writing it out, is shown as its text among the others', async () => {
  const deep = `{"id":"event_deep","event":"dsync.unknown","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  await app.deliver('null')
  await app.deliver(deep)
  const { data, errors } = await ask<{ events: { nodes: { payload: unknown }[] } }, object>(
    app.url,
    key,
    '{ events(last: 100) { nodes { payload } } }',
  )
  expect(errors).toBeUndefined()
  const payloads = data!.events.nodes.map(({ payload }) => payload)
  expect(payloads).toContain('null')
  expect(payloads).toContain(deep)
})
