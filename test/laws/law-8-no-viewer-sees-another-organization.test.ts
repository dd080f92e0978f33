// Law 8: no viewer sees or changes another organization's data, in any field, count, error, cursor or subscription.
import { parse, print, TypeInfo, visit, visitWithTypeInfo, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import type {
  TenancyFollowSubscription,
  TenancyFollowSubscriptionVariables,
} from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { event, user } from '../support/events.ts'
import { asServerSentEvents } from '../support/live.ts'
import { companyEvents, deliverInTurns } from '../graphql/company.ts'
import { walk, type Operation, type Values } from '../graphql/walk.ts'

const mine = companyEvents('alpha')
const theirs = companyEvents('bravo')
// Of a directory whose organization WorkOS has not told, nobody bound to one may know.
const nobodys = companyEvents('bravado', { organization: false })
const FOREIGN = /bravo|bravado/

let app: TestApp
/** The secrets of a viewer of each organization, and of one who sees all. */
let key: string
let theirKey: string
let everyKey: string
/** The ids of these keys. */
const keyIds = { mine: '', theirs: '', every: '' }
beforeAll(async () => {
  app = await startTestApp()
  await deliverInTurns(app, mine, theirs, nobodys)
  // Each has a run that waits since its directory was connected, and one that has ended.
  await app.db.pool.query(`update sync_run set id = 'sync_run_' || substr(directory_id, 11)`)
  await app.db.pool.query(
    `insert into sync_run (id, directory_id, kind, state, dry_run, requested_by, finished_at)
     select id || '_done', directory_id, 'RESYNC', 'FAILED', true, 'test', now() from sync_run`,
  )
  key = await app.key('org_alpha')
  theirKey = await app.key('org_bravo')
  everyKey = await app.key(null)
  const idOf = async (organizationId: string | null) =>
    (await app.db.prisma.apiKey.findFirstOrThrow({ where: { organizationId } })).id
  Object.assign(keyIds, { mine: await idOf('org_alpha'), theirs: await idOf('org_bravo'), every: await idOf(null) })
  // So that being used does not change it: answers are compared.
  await app.db.prisma.apiKey.updateMany({ data: { lastUsedAt: new Date('2100-01-01') } })
})
afterAll(() => app.close())

async function raw(secret: string, { query, variables }: Pick<Operation, 'query' | 'variables'>): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${secret}`,
  }
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  })
  // When the question was asked is the only thing that may differ.
  const answer = (await response.text()).replaceAll(/("(?:checkedAt|since|until)":)"[^"]*"/g, '$1"now"')
  return `${response.status} ${answer}`
}

async function answers(secret: string, operations: readonly Operation[]): Promise<string[]> {
  const all: string[] = Array.from({ length: operations.length })
  const next = operations.entries()
  const ask = async () => {
    for (const [index, operation] of next) all[index] = await raw(secret, operation)
  }
  await Promise.all(Array.from({ length: 8 }, ask))
  return all
}

const runOf = (directoryId: string) => directoryId.replace('directory_', 'sync_run_')

function idsOf({ company }: typeof mine): string[] {
  const { organizationId, directoryId, userIds, groupIds, eventIds } = company
  return [organizationId, directoryId, userIds[0]!, userIds[2]!, groupIds[0]!, eventIds[1]!, runOf(directoryId)]
}

// Which kind of thing an argument names; `id` and `ids` may name anything.
const kindOfId: Record<string, RegExp> = {
  organizationId: /^org_/,
  directoryId: /^directory_(?!user_|group_)/,
  userId: /^directory_user_/,
  directoryUserId: /^directory_user_/,
  groupId: /^directory_group_/,
  directoryGroupId: /^directory_group_/,
}

function valuesWith(cursors: readonly string[]): Values {
  const unknown = [
    'org_none',
    'directory_none',
    'directory_user_none',
    'directory_group_none',
    'event_none',
    'sync_run_none',
    'none',
  ]
  const ids = [mine, theirs, nobodys].flatMap(idsOf).concat(Object.values(keyIds), 'api_key_none', unknown)
  const texts: Record<string, readonly string[]> = {
    search: ['ada', 'example', 'staff', 'bravo'],
    email: ['ben@example.com'],
    idpId: ['idp_ada'],
    type: ['okta scim v2.0', 'dsync.user.created'],
    after: cursors,
    before: cursors,
  }
  return (name, type) => {
    if (type.name === 'ID') return ids.filter((id) => kindOfId[name]?.test(id) ?? true)
    if (type.name === 'Int') return [1, 7]
    if (type.name === 'DateTime') return ['2026-06-25T00:00:02.500Z', '2026-06-25T00:00:00.000Z']
    const values = texts[name]
    if (values === undefined) throw new Error(`The walk has no value for ${name}: ${type.name}`)
    return values
  }
}

const nodeIds = (of: typeof mine) => ({
  ApiKey: of === mine ? keyIds.mine : keyIds.theirs,
  Organization: of.company.organizationId,
  Directory: of.company.directoryId,
  DirectoryUser: of.company.userIds[0]!,
  DirectoryGroup: of.company.groupIds[0]!,
  Event: of.company.eventIds[1]!,
  SyncRun: runOf(of.company.directoryId),
})

// Cursors as others were given them, one for each place of each list.
function cursorsIn(texts: readonly string[]): string[] {
  const all = texts.flatMap((text) => [...text.matchAll(/"(?:cursor|startCursor|endCursor)":"([^"]+)"/g)])
  const cursors = [...new Set(all.map((found) => found[1]!))]
  const ofList = Map.groupBy(cursors, (cursor) => orderOf(cursor))
  return [...ofList.values()].map((same) => same.at(-1)!)
}

function orderOf(cursor: string): string {
  return /^\["([^"]+)","/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1] ?? 'the change log'
}

async function forget(name: string): Promise<void> {
  const like = [`%\\_${name}%`]
  for (const table of ['sync_run', 'change', 'inbox_event', 'membership', 'directory_user', 'directory_group']) {
    await app.db.pool.query(`delete from ${table} where directory_id like $1`, like)
  }
  await app.db.pool.query('delete from directory where id like $1', like)
  await app.db.pool.query('delete from api_key where organization_id like $1', like)
  await app.db.pool.query('delete from organization where id like $1', like)
}

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
  }
`)

test("nothing is done to another organization's directories and runs, and it is not told whether there are any", async () => {
  const state = () =>
    app.db.pool.query(
      `select r.id, r.state, r.cancel_requested, r.approved_by, d.guard_percent
       from sync_run r join directory d on d.id = r.directory_id where d.id <> $1 order by r.id`,
      [mine.company.directoryId],
    )
  await app.db.pool.query(`update sync_run set state = 'AWAITING_APPROVAL' where finished_at is null`)
  const before = (await state()).rows
  const act = async (directoryId: string) =>
    JSON.stringify(await ask(app.url, key, Held, { directoryId, id: runOf(directoryId) }))
  const none = await act('directory_none')
  expect(none.match(/NotFoundError/g)).toHaveLength(5)
  for (const { company } of [theirs, nobodys]) {
    const told = await act(company.directoryId)
    expect(told.replaceAll(company.directoryId.slice(10), 'none')).toBe(none)
  }
  expect((await state()).rows).toEqual(before)
  await app.db.pool.query(`update sync_run set state = 'QUEUED' where finished_at is null`)
})

test('the walk asks for every field that can be reached from Query', () => {
  const operations = walk(schema, { values: valuesWith(['x']), nodeIds: nodeIds(mine) })
  const asked = new Set<string>()
  for (const { query } of operations) {
    const info = new TypeInfo(schema)
    const note = () => {
      const parent = info.getParentType()
      const field = info.getFieldDef()
      if (parent && field) asked.add(`${parent.name}.${field.name}`)
    }
    visit(parse(query), visitWithTypeInfo(info, { Field: note }))
  }
  // What only mutations give.
  const elsewhere = new Set(['Mutation', 'Subscription', 'ApiKey', 'PortalLink', 'HeldChanges', 'EventBatch'])
  const missing = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__') && !/Error$|Issue$/.test(name) && !elsewhere.has(name))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
    .filter((coordinate) => !asked.has(coordinate))
  expect(missing).toEqual([])
})

test('what a viewer is told is the same, byte for byte, whether or not another organization exists', async () => {
  // A first walk, without arguments, to get at cursors of all lists.
  const lists = walk(schema, { values: () => [], nodeIds: nodeIds(theirs) })
  const seen = { theirs: await answers(theirKey, lists), every: await answers(everyKey, lists) }
  expect(seen.theirs.join('')).toMatch(/_bravo/)
  expect(seen.every.join('')).toMatch(/_bravado/)
  // The walk would prove nothing where it finds nothing: each list, and each of their nodes, holds more for who sees all.
  const own = await answers(key, lists)
  const short = ['Query.viewer', 'Query.nodes', 'Query.costEstimate', 'Query.syncStats', 'Directory.userCount']
  const roots = lists.map(({ name }) => name.split(' ', 1)[0]!)
  const longer = roots.filter((_root, index) => seen.every[index]!.length > own[index]!.length * 1.5)
  expect(new Set(longer)).toEqual(new Set(roots.filter((root) => !short.includes(root))))
  const cursors = cursorsIn([...seen.theirs, ...seen.every])
  expect(new Set(cursors.map(orderOf)).size).toBe(12)

  const operations = walk(schema, { values: valuesWith(cursors), nodeIds: nodeIds(mine) })
  const besideThem = await answers(key, operations)
  await forget('brav')
  const alone = await answers(key, operations)
  const all = operations.map((operation, index) => ({
    name: operation.name,
    beside: besideThem[index]!,
    alone: alone[index]!,
  }))
  expect(all.filter(({ beside, alone }) => beside !== alone)).toEqual([])
  expect(all.filter(({ beside }) => FOREIGN.test(beside))).toEqual([])
  expect(
    all.filter(({ beside }) => !beside.startsWith('200 {"data"') && !/BAD_USER_INPUT|NOT_FOUND/.test(beside)),
  ).toEqual([])
}, 120_000)
