// Every filter and every order that the schema offers is answered from an index, and no page is found by counting from
// the beginning: what a request costs does not grow with the tables.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { seedAccess } from './seed-access.ts'
import { seed } from './seed.ts'
import { problemsOf } from './scans.ts'
import { statementsOf, type Statement } from './statements.ts'
import { walk, type Operation, type Values } from './walk.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await seed(app.db, {
    organizations: 2_000,
    directories: 4_000,
    users: 50_000,
    groups: 10_000,
    groupsPerUser: 2,
    changesPerUser: 2,
    events: 50_000,
    runs: 25_000,
    deliveries: 25_000,
    invitations: 25_000,
    uneven: true,
  })
  await seedAccess(app.db)
}, 120_000)
afterAll(() => app.close())

const values: Values = (name, { name: type }) => {
  if (type === 'Int') return [30]
  if (type === 'Boolean') return [true, false]
  // Shortly before the last groups, and before the last users, changes and events, were made and changed.
  if (type === 'DateTime') return ['2026-01-01T13:36:00Z', '2026-01-05T00:00:00Z']
  const given: Record<string, readonly string[]> = {
    organizationId: ['org_0000000', 'org_0000777'],
    directoryId: ['directory_0000000', 'directory_0000777'],
    userId: ['account_0000778'],
    roleId: ['role_0000000', 'role_everyone'],
    slug: ['member'],
    roleSlug: ['member'],
    directoryUserId: ['directory_user_0000778'],
    groupId: ['directory_group_0000000', 'directory_group_0000777'],
    directoryGroupId: ['directory_group_0000777'],
    search: ['last4711', 'last', 'last4711 first4711', 'group 777', 'nobody'],
    email: ['User4711@Example.com'],
    emailPrefix: ['User471', 'user', 'nobody'],
    idpId: ['idp_4711'],
    type: ['okta scim v2.0', 'dsync.user.created'],
  }
  return given[name] ?? []
}
const nodeIds = {
  ApiKey: 'api_key_none',
  Organization: 'org_0000000',
  Directory: 'directory_0000000',
  DirectoryUser: 'directory_user_0000778',
  DirectoryGroup: 'directory_group_0000000',
  Event: 'event_0000777',
  SyncRun: 'sync_run_0000777',
  WebhookEndpoint: 'webhook_endpoint_0000000',
  WebhookDelivery: 'msg_0000777',
  SetupInvitation: 'setup_invitation_0000777',
  User: 'account_0000778',
  Role: 'role_0000000',
  RoleMapping: 'role_mapping_0000000',
  RoleMappingPlan: 'role_mapping_plan_0000000',
}

async function pagesOf(key: string, { query, variables }: Operation): Promise<Statement[]> {
  const statements = await statementsOf(async () => {
    const answer = await ask<unknown, Record<string, unknown>>(app.url, key, query, variables)
    expect(answer.errors).toBeUndefined()
  })
  return statements.filter(({ text }) => /limit \$?\d+|place <= \$\d+/.test(text))
}

// Answered from an index, and all the same after many rows: a filter that few pass, walked in another order than its
// own.
const MAY_WALK = [
  /"updatedAfter"/, // in the order of creation; in its own order it is below
  /^Query.changes .*"kinds"/, // the log has no index of a kind within an organization
  /^DirectoryGroup.members .*"state"/, // a membership does not know whether its user is active
  /"asOf"/, // everything that was, or was not, a part of the parent since
  /^Query.directoryGroups .*"group 777"/, // a word that each of them has, and one that few have
]

const viewers = [
  { who: 'who sees all', organizationId: null },
  { who: 'the viewer of a large organization', organizationId: 'org_0000000' },
  { who: 'the viewer of a small organization', organizationId: 'org_0000777' },
]
test.for(viewers)(
  'every filter and every order of $who is answered from an index',
  { timeout: 120_000 },
  async ({ organizationId }) => {
    const key = await app.key(organizationId)
    const wants = ({ name }: { name: string }) => ['nodes', 'id'].includes(name)
    const operations = walk(schema, { values, nodeIds, wants })
      .filter(({ name }) => organizationId === null || name.startsWith('Query'))
      // No lists: see test/stats/plans.test.ts and test/roles.
      .filter(({ name }) => !/^\w+\.(?:syncStats|planRoleMappings|user) /.test(name))
    const problems: string[] = []
    let pages = 0
    for (const operation of operations) {
      const most = MAY_WALK.some((name) => name.test(operation.name)) ? Infinity : 2_500
      for (const statement of await pagesOf(key, operation)) {
        pages += 1
        problems.push(...(await problemsOf(app.db, operation.name, statement, most)))
      }
    }
    expect(problems).toEqual([])
    expect(pages).toBeGreaterThan(operations.length / 2)
  },
)

test('whether somebody who was there has been purged since is answered from an index, however many were purged', async () => {
  // Twenty thousand came and went in the largest directory and its largest group, and a hundred of each were there
  // before.
  const moments = ['2026-01-01T00:00:00Z', new Date().toISOString()]
  await app.db.pool.query(`
    insert into change (position, kind, directory_id, organization_id, user_id, group_id, changed_fields, source, occurred_at, purged_since)
    select c.position + n, (case when n % 2 = 0 then 'DIRECTORY_USER_DELETED' else 'MEMBERSHIP_REMOVED' end)::"ChangeKind", 'directory_0000000', 'org_0000000', 'directory_user_purged_' || n,
           case when n % 2 = 1 then 'directory_group_0000000' end, '{}', 'WEBHOOK', now(), c.position + case when n % 100 < 2 then -5 else n - 1 end
    from change_clock c, generate_series(1, 20000) n;
    update change_clock set position = position + 20000`)
  await app.db.pool.query('analyze change')
  const problems: string[] = []
  let asked = 0
  for (const organizationId of [null, 'org_0000000']) {
    const key = await app.key(organizationId)
    for (const asOf of [...moments, new Date().toISOString()])
      for (const list of [
        'directory(id: "directory_0000000") { users',
        'directoryGroup(id: "directory_group_0000000") { members',
      ]) {
        const query = `{ ${list}(first: 1, asOf: "${asOf}") { nodes { id } } } }`
        const statements = await statementsOf(() => ask(app.url, key, query))
        for (const statement of statements.filter(({ text }) => text.includes('purged_since <='))) {
          asked += 1
          problems.push(...(await problemsOf(app.db, query, statement, 10)))
        }
      }
  }
  expect(problems).toEqual([])
  expect(asked).toBe(12)
})

test('nor is a list read as a whole for the many that have changed, where they come first', async () => {
  const text = `select percentile_disc(0.95) within group (order by updated_at)::text as at from directory_user`
  const [{ at }] = (await app.db.pool.query<{ at: string }>(text)).rows as [{ at: string }]
  const query = `{ directoryUsers(first: 25, filter: { updatedAfter: "${new Date(at).toISOString()}" }, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { id } } }`
  const problems: string[] = []
  for (const organizationId of [null, 'org_0000000']) {
    const key = await app.key(organizationId)
    const statements = await statementsOf(async () =>
      expect(await ask(app.url, key, query)).not.toHaveProperty('errors'),
    )
    for (const one of statements) problems.push(...(await problemsOf(app.db, `${organizationId} ${query}`, one, 100)))
  }
  expect(problems).toEqual([])
})

test('the few that have changed lately are found at once in any order, whoever asks', async () => {
  const [latest] = (
    await app.db.pool.query<{ at: string }>(
      `select (max(updated_at) - interval '200 seconds')::text as at from directory_user`,
    )
  ).rows
  const problems: string[] = []
  for (const organizationId of [null, 'org_0000000'])
    for (const [list, fields] of [
      ['directoryUsers', ofUsers],
      ['directoryGroups', ofOthers],
      ['users', ofUsers],
    ] as const)
      for (const field of fields) {
        const query = `{ ${list}(first: 5, filter: { updatedAfter: "${new Date(latest!.at).toISOString()}" }, orderBy: { field: ${field} }) { nodes { id } } }`
        const key = await app.key(organizationId)
        const statements = await statementsOf(async () =>
          expect(await ask(app.url, key, query)).not.toHaveProperty('errors'),
        )
        for (const one of statements)
          problems.push(...(await problemsOf(app.db, `${organizationId} ${query}`, one, 100)))
      }
  expect(problems).toEqual([])
})

const ofUsers = ['CREATED_AT', 'UPDATED_AT', 'NAME', 'EMAIL']
const ofOthers = ['CREATED_AT', 'UPDATED_AT', 'NAME']
const LISTS: [list: string, inside: string | null, orders: readonly string[]][] = [
  ['users', null, ofUsers],
  ['roles', null, []],
  ['roleMappings', null, []],
  ['users', 'organization(id: "org_0000000")', ofUsers],
  ['users', 'role(slug: "everyone")', []],
  ['directories', null, ofOthers],
  ['directoryUsers', null, ofUsers],
  ['directoryUsers(filter: { state: [ACTIVE] })', null, ['CREATED_AT']],
  ['directoryUsers(filter: { updatedAfter: "2026-01-03T12:00:00Z" })', null, ['UPDATED_AT']],
  ['directoryGroups', null, ofOthers],
  ['organizations', null, []],
  ['changes', null, []],
  ['events', null, []],
  ['events(filter: { organizationId: "org_0000000" })', null, []],
  ['users', 'directory(id: "directory_0000000")', ofUsers],
  ['groups', 'directory(id: "directory_0000000")', ofOthers],
  ['syncRuns', 'directory(id: "directory_0000000")', []],
  ['deliveries', 'webhookEndpoint(id: "webhook_endpoint_0000000")', []],
  ['deliveries(filter: { status: [DEAD] })', 'webhookEndpoint(id: "webhook_endpoint_0000000")', []],
  ['members', 'directoryGroup(id: "directory_group_0000000")', []],
  ['members(filter: { state: [ACTIVE] })', 'directoryGroup(id: "directory_group_0000000")', []],
]

interface Page {
  readonly nodes: readonly object[]
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string }
}

test('the deepest page touches no more rows than the first, from either end', async () => {
  const key = await app.key()
  const send = (text: string) => ask<{ list: Page }, Record<string, never>>(app.url, key, text)
  const problems: string[] = []
  for (const [list, inside, orders] of LISTS) {
    const directed = orders.flatMap((field) =>
      ['ASC', 'DESC'].map((way) => `orderBy: { field: ${field}, direction: ${way} }`),
    )
    for (const order of directed.length === 0 ? [''] : directed) {
      const [field, filter = ''] = list.split(/[()]/)
      const asking = (page: string) => {
        const call = `list: ${field}(${[filter, order, page].filter((part) => part !== '').join(', ')})`
        const body = `${call} { nodes { id } pageInfo { startCursor endCursor } }`
        return {
          name: `${inside ?? 'Query'}.${call}`,
          query: `{ ${inside === null ? body : `${inside} { ${body} }`} }`,
          variables: {},
        }
      }
      const read = async (page: string): Promise<Page> => {
        const { data } = await send(asking(page).query)
        return inside === null ? data!.list : Object.values(data as unknown as Record<string, { list: Page }>)[0]!.list
      }
      const last = `first: 25, after: "${(await read('last: 50')).pageInfo.startCursor}"`
      const first = `last: 25, before: "${(await read('first: 50')).pageInfo.endCursor}"`
      for (const page of [last, first]) {
        expect((await read(page)).nodes).toHaveLength(25)
        const statements = await pagesOf(key, asking(page))
        expect(statements).toHaveLength(1)
        // Inactive and deleted rows that a filter leaves out are walked over.
        problems.push(...(await problemsOf(app.db, asking(page).name, statements[0]!, 60)))
      }
    }
  }
  expect(problems).toEqual([])
}, 60_000)

test('the few events of an organization that were not simply applied are found, among its many and those of others', async () => {
  await app.db.pool.query(`
    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at)
    select 'event_unusual_' || n, 'dsync.user.updated', 'directory_' || lpad((case when n <= 5 then 0 else n % 3999 + 1 end)::text, 7, '0'), 'WEBHOOK',
           (case n % 2 when 0 then 'STALE' else 'DISCARDED' end)::"EventStatus", '{}', at, at
    from generate_series(1, 20000) n, lateral (select timestamptz '2026-01-03Z' + n * interval '1 second' as at) moment;
    analyze inbox_event`)
  const key = await app.key('org_0000000')
  const problems: string[] = []
  for (const status of ['STALE', '[STALE, DISCARDED]'])
    for (const page of ['first: 25', 'last: 25']) {
      const query = `{ events(${page}, filter: { status: ${status} }) { totalCount nodes { id } } }`
      const statements = await statementsOf(async () => {
        const { data } = await ask<{ events: { nodes: unknown[] } }, object>(app.url, key, query)
        expect(data!.events.nodes.length).toBeGreaterThan(1)
      })
      for (const one of statements) problems.push(...(await problemsOf(app.db, query, one, 60)))
    }
  await app.db.pool.query(`delete from inbox_event where id like 'event_unusual_%'; analyze inbox_event`)
  expect(problems).toEqual([])
})

test('what happened while a directory was another organization’s is walked over by no page of its events', async () => {
  const until = '2026-01-01T12:00:00.000Z'
  const key = await app.key('org_0000000')
  const read = async (page: string, most: number) => {
    const query = `{ events(${page}) { nodes { id occurredAt } pageInfo { startCursor } } }`
    const { data } = await ask<{ events: Page }, Record<string, never>>(app.url, key, query)
    const pages = await pagesOf(key, { name: page, query, variables: {} })
    expect(pages.length).toBeGreaterThan(0)
    for (const statement of pages) expect(await problemsOf(app.db, page, statement, most)).toEqual([])
    return data!.events
  }
  const first = (await read('last: 1', 60)).nodes
  await app.db.pool.query(`update directory set foreign_until = $1 where id = 'directory_0000000'`, [until])
  for (const late of [false, true]) {
    // As where the past is learnt later than it happened: a new installation reads WorkOS's last thirty days.
    if (late) await app.db.pool.query(`update inbox_event set received_at = received_at + interval '30 days'`)
    const { nodes, pageInfo } = await read('last: 20', 60)
    expect(nodes).not.toContainEqual(first[0])
    expect((nodes as { occurredAt: string }[]).map(({ occurredAt }) => occurredAt >= until)).not.toContain(false)
    await read(`first: 50, after: "${pageInfo.startCursor}"`, 60)
  }
})

test('a page of those in a rare state touches no others, in whatever order', async () => {
  const key = await app.key()
  const problems: string[] = []
  for (const order of ofUsers) {
    const query = `{ directoryUsers(first: 25, filter: { state: [INACTIVE] }, orderBy: { field: ${order} }) { nodes { id } } }`
    for (const statement of await pagesOf(key, { name: order, query, variables: {} }))
      problems.push(...(await problemsOf(app.db, order, statement, 60)))
  }
  expect(problems).toEqual([])
})
