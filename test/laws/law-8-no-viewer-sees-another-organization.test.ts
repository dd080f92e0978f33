// Law 8: no viewer sees or changes another organization's data, in any field, count, error, cursor or subscription.
import { print } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  TenancyFollowSubscription,
  TenancyFollowSubscriptionVariables,
} from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { event, user } from '../support/events.ts'
import { asServerSentEvents } from '../support/live.ts'
import {
  endpointOf,
  FOREIGN,
  messageOf,
  mine,
  nobodys,
  runOf,
  startOrganizations,
  theirs,
  type Organizations,
} from './organizations.ts'

let app: TestApp
let key: string
let theirKey: string
let everyKey: string
let keyIds: Organizations['keyIds']
beforeAll(async () => {
  ;({ app, key, theirKey, everyKey, keyIds } = await startOrganizations())
})
afterAll(() => app.close())

const Cursors = graphql(`
  query TenancyCursors {
    changes(first: 100) {
      nodes {
        cursor
      }
    }
  }
`)
const Follow = graphql(`
  subscription TenancyFollow($filter: ChangeFilter, $after: String) {
    changes(filter: $filter, after: $after) {
      __typename
      id
      cursor
      eventId
      directory {
        id
      }
      ... on DirectoryUserChange {
        directoryUserId
        directoryUser {
          id
          groups {
            totalCount
          }
        }
      }
    }
  }
`)

test('a subscriber hears of its own organization alone, whatever the filter names and whose cursor it goes on from', async () => {
  const cursorsOf = async (secret: string) =>
    (await query(app.url, secret, Cursors)).changes.nodes.map(({ cursor }) => cursor)
  const every = await cursorsOf(everyKey)
  const own = await cursorsOf(key)
  const others = await cursorsOf(theirKey)
  expect(others.filter((cursor) => own.includes(cursor))).toEqual([])
  const expected = (after: string) => own.filter((cursor) => every.indexOf(cursor) > every.indexOf(after))

  const follow = (variables: TenancyFollowSubscriptionVariables) =>
    asServerSentEvents<TenancyFollowSubscription>(app.url, key, { query: print(Follow), variables })

  for (const after of [every[0]!, others[3]!, others.at(-1)!]) {
    const stream = follow({ after })
    for (const cursor of expected(after)) {
      const told = await stream.next()
      expect(told.changes.cursor).toBe(cursor)
      expect(JSON.stringify(told)).not.toMatch(FOREIGN)
    }
    stream.leave()
  }

  const { organizationId, directoryId, userIds, groupIds } = theirs.company
  const filters = [
    { organizationId },
    { directoryId },
    { directoryUserId: userIds[0]! },
    { directoryGroupId: groupIds[0]! },
    { directoryId: 'directory_none' },
    {},
  ]
  const streams = filters.map((filter) => follow({ filter, after: every[0]! }))
  const told = filters.map(() => 0)
  const heard = streams.map(async (stream, index) => {
    for (;;) {
      const { changes } = await stream.next()
      told[index]! += 1
      expect(JSON.stringify(changes)).not.toMatch(FOREIGN)
      if (changes.eventId === 'event_alpha_last') return
    }
  })
  const dan = (name: string) =>
    user(`${name}_dan`, { directory_id: `directory_${name}`, organization_id: `org_${name}`, email: null })
  await app.deliver(event('dsync.user.created', dan('bravo'), 100, 'event_bravo_last'))
  await app.applied()
  await app.deliver(event('dsync.user.created', dan('alpha'), 101, 'event_alpha_last'))
  // Only the last one has something to hear. When it has heard the newest, the others have had their turn.
  await heard.at(-1)
  expect(told).toEqual([0, 0, 0, 0, 0, expected(every[0]!).length + 1])
  for (const stream of streams) stream.leave()
  await Promise.allSettled(heard)
})

const CreateKey = graphql(`
  mutation TenancyCreateKey($organizationId: ID) {
    createApiKey(input: { name: "mine", scopes: ["directory:read"], organizationId: $organizationId }) {
      __typename
      ... on ForbiddenError {
        message
        requiredScope
      }
      ... on ApiKey {
        organization {
          id
        }
      }
    }
  }
`)
const RevokeKey = graphql(`
  mutation TenancyRevokeKey($id: ID!) {
    revokeApiKey(input: { id: $id }) {
      __typename
      ... on NotFoundError {
        message
        id
      }
    }
  }
`)

test('no key is made for, and none revoked of, another organization, and it is not told whether there is one', async () => {
  const made = (organizationId: string | null) => ask(app.url, key, CreateKey, { organizationId })
  expect((await made(null)).data?.createApiKey).toMatchObject({ organization: { id: 'org_alpha' } })
  expect((await made('org_bravo')).data?.createApiKey.__typename).toBe('ForbiddenError')
  expect(await made('org_bravo')).toEqual(await made('org_none'))
  expect(await app.db.prisma.organization.findUnique({ where: { id: 'org_none' } })).toBeNull()

  for (const id of [keyIds.theirs, keyIds.every]) {
    const none = id.replace(/.{6}$/, 'ZZZZZZ')
    const answer = JSON.stringify(await ask(app.url, key, RevokeKey, { id }))
    expect(answer).toContain('NotFoundError')
    expect(answer.replaceAll(id, none)).toBe(JSON.stringify(await ask(app.url, key, RevokeKey, { id: none })))
  }
  expect(await app.db.prisma.apiKey.count({ where: { revokedAt: { not: null } } })).toBe(0)
  for (const secret of [theirKey, everyKey]) expect((await ask(app.url, secret, Cursors)).errors).toBeUndefined()
})

const Held = graphql(`
  mutation TenancyRuns($directoryId: ID!, $id: ID!) {
    resyncDirectory(input: { directoryId: $directoryId }) {
      __typename
      ... on Error {
        message
      }
    }
    cancelSyncRun(input: { id: $id }) {
      __typename
      ... on Error {
        message
      }
    }
    approveHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on Error {
        message
      }
    }
    rejectHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on Error {
        message
      }
    }
    updateDirectoryGuard(input: { directoryId: $directoryId, percent: 1 }) {
      __typename
      ... on Error {
        message
      }
    }
    updateAttributeMapping(input: { directoryId: $directoryId, attribute: "department", pointers: [] }) {
      __typename
      ... on Error {
        message
      }
    }
  }
`)

test("nothing is done to another organization's directories and runs, and it is not told whether there are any", async () => {
  const state = () =>
    app.db.pool.query(
      `select r.id, r.state, r.cancel_requested, r.approved_by, d.guard_percent,
              (select count(*) from attribute_mapping m where m.directory_id = d.id) as mappings
       from sync_run r join directory d on d.id = r.directory_id where d.id <> $1 order by r.id`,
      [mine.company.directoryId],
    )
  await app.db.pool.query(`update sync_run set state = 'AWAITING_APPROVAL' where finished_at is null`)
  const before = (await state()).rows
  const act = async (directoryId: string) =>
    JSON.stringify(await ask(app.url, key, Held, { directoryId, id: runOf(directoryId) }))
  const none = await act('directory_none')
  expect(none.match(/NotFoundError/g)).toHaveLength(6)
  for (const { company } of [theirs, nobodys]) {
    const told = await act(company.directoryId)
    expect(told.replaceAll(company.directoryId.slice(10), 'none')).toBe(none)
  }
  expect((await state()).rows).toEqual(before)
  await app.db.pool.query(`update sync_run set state = 'QUEUED' where finished_at is null`)
})

const Webhooks = graphql(`
  mutation TenancyWebhooks($id: ID!, $ids: [ID!]) {
    updateWebhookEndpoint(input: { id: $id, enabled: false, url: "https://elsewhere.example" }) {
      __typename
      ... on Error {
        message
      }
    }
    rotateWebhookSecret(input: { id: $id }) {
      __typename
      ... on Error {
        message
      }
    }
    replayAll: replayWebhookDeliveries(input: { webhookEndpointId: $id, all: true }) {
      __typename
      ... on Error {
        message
      }
    }
    replayWebhookDeliveries(input: { webhookEndpointId: $id, ids: $ids }) {
      __typename
      ... on Error {
        message
      }
    }
    sendTestWebhook(input: { webhookEndpointId: $id }) {
      __typename
      ... on Error {
        message
      }
    }
    deleteWebhookEndpoint(input: { id: $id }) {
      __typename
      ... on Error {
        message
      }
    }
  }
`)
const MakeWebhook = graphql(`
  mutation TenancyMakeWebhook($organizationId: ID) {
    createWebhookEndpoint(input: { url: "https://example.com", organizationId: $organizationId }) {
      __typename
      ... on WebhookEndpoint {
        id
        organization {
          id
        }
      }
      ... on Error {
        message
      }
    }
  }
`)

test('no webhook endpoint is made for another organization, nothing is done to theirs, and it is not told whether there are any', async () => {
  const rows = async () => [
    (await app.db.pool.query('select * from webhook_endpoint order by id')).rows,
    (await app.db.pool.query('select * from webhook_delivery order by id')).rows,
  ]
  const before = await rows()
  const act = async (id: string, ids: string[]) => JSON.stringify(await ask(app.url, key, Webhooks, { id, ids }))
  const none = await act('webhook_endpoint_none', ['msg_none'])
  expect(none.match(/NotFoundError/g)).toHaveLength(6)
  for (const { company } of [theirs, nobodys]) {
    const told = await act(endpointOf(company), [messageOf(company)])
    expect(told.replaceAll(endpointOf(company), 'webhook_endpoint_none')).toBe(none)
  }
  const make = (organizationId: string | null) => ask(app.url, key, MakeWebhook, { organizationId })
  expect((await make('org_bravo')).data?.createWebhookEndpoint.__typename).toBe('ForbiddenError')
  expect(await make('org_bravo')).toEqual(await make('org_none'))
  expect(await rows()).toEqual(before)
  // Nor do messages of theirs come with an endpoint of one's own.
  const own = endpointOf(mine.company)
  const ids = [messageOf(theirs.company), messageOf(nobodys.company)]
  await ask(
    app.url,
    key,
    `mutation { replayWebhookDeliveries(input: { webhookEndpointId: "${own}", ids: ${JSON.stringify(ids)} }) { __typename } }`,
  )
  expect((await rows())[1]).toEqual(before[1])

  const made = (await make(null)).data?.createWebhookEndpoint
  expect(made).toMatchObject({ __typename: 'WebhookEndpoint', organization: { id: 'org_alpha' } })
  await app.db.pool.query(`delete from webhook_endpoint where id <> all($1)`, [
    before[0]!.map(({ id }: { id: string }) => id),
  ])
})
