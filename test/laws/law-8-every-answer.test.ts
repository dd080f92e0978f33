// Law 8, for everything that can be asked: each answer is the same whether or not another organization exists.
import { isObjectType, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { walk, type Operation, type Values } from '../graphql/walk.ts'
import {
  endpointOf,
  FOREIGN,
  forget,
  invitationOf,
  messageOf,
  mine,
  nobodys,
  runOf,
  startOrganizations,
  theirs,
  type Organizations,
  type World,
} from './organizations.ts'

let world: Organizations
beforeAll(async () => {
  world = await startOrganizations()
})
afterAll(() => world.app.close())

const accessOf = (of: World) =>
  of === mine ? world.access.mine : of === theirs ? world.access.theirs : world.access.nobodys

async function raw(secret: string, { query, variables }: Pick<Operation, 'query' | 'variables'>): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${secret}`,
  }
  const response = await fetch(`${world.app.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  })
  // When the question was asked is the only thing that may differ.
  const told = (await response.text()).replaceAll(/("(?:checkedAt|since|until|asOf)":)"[^"]*"/g, '$1"now"')
  // And so may what somebody has just made by asking for it.
  const answer = query.includes('planRoleMappings') ? withoutNews(told) : told
  return `${response.status} ${answer}`
}

function withoutNews(answer: string): string {
  const known = Object.values(world.access).map(({ mappingId }) => mappingId)
  return answer
    .replaceAll(/role_mapping_plan_[0-9A-Z]{26}/g, 'a plan')
    .replaceAll(/role_mapping_[0-9A-Z]{26}/g, (id) => (known.includes(id) ? id : 'a mapping'))
    .replaceAll(/("RoleMappingPlan_(?:createdAt|expiresAt)":)"[^"]*"/g, '$1"now"')
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

function idsOf(of: World): string[] {
  const { company } = of
  const { organizationId, directoryId, userIds, groupIds, eventIds } = company
  return [
    organizationId,
    directoryId,
    userIds[0]!,
    userIds[2]!,
    groupIds[0]!,
    eventIds[1]!,
    runOf(directoryId),
    endpointOf(company),
    messageOf(company),
    invitationOf(organizationId),
    ...Object.values(accessOf(of)).flatMap((id: string | readonly string[] | null) => id ?? []),
  ]
}

// Which kind of thing an argument names; `id` and `ids` may name anything.
const kindOfId: Record<string, RegExp> = {
  organizationId: /^org_/,
  directoryId: /^directory_(?!user_|group_)/,
  userId: /^account_/,
  roleId: /^role_(?!mapping)/,
  delete: /^role_mapping_(?!plan)/,
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
    'webhook_endpoint_none',
    'msg_none',
    'setup_invitation_none',
    'account_none',
    'role_none',
    'role_mapping_none',
    'role_mapping_plan_none',
    'none',
  ]
  const ids = [mine, theirs, nobodys].flatMap(idsOf).concat(Object.values(world.keyIds), 'api_key_none', unknown)
  const texts: Record<string, readonly string[]> = {
    search: ['ada', 'example', 'staff', 'bravo'],
    email: ['ben@example.com'],
    emailPrefix: ['ben@'],
    idpId: ['idp_ada'],
    slug: ['baker', 'everyone'],
    roleSlug: ['baker', 'everyone'],
    roles: ['baker'],
    value: ['staff'],
    attribute: ['department'],
    rollbackTo: cursors,
    type: ['okta scim v2.0', 'dsync.user.created'],
    after: cursors,
    before: cursors,
  }
  return (name, type, of) => {
    if (of === 'UpdateRoleMappingInput' && name === 'id') return ids.filter((id) => kindOfId.delete!.test(id))
    if (type.name === 'ID') return ids.filter((id) => kindOfId[name]?.test(id) ?? true)
    if (type.name === 'Int') return [1, 7]
    if (type.name === 'Boolean') return [true, false]
    if (type.name === 'DateTime') return ['2026-06-25T00:00:02.500Z', '2026-06-25T00:00:00.000Z']
    const values = texts[name]
    if (values === undefined) throw new Error(`The walk has no value for ${name}: ${type.name}`)
    return values
  }
}

const nodeIds = (of: World) => ({
  ApiKey: of === mine ? world.keyIds.mine : world.keyIds.theirs,
  Organization: of.company.organizationId,
  Directory: of.company.directoryId,
  DirectoryUser: of.company.userIds[0]!,
  DirectoryGroup: of.company.groupIds[0]!,
  Event: of.company.eventIds[1]!,
  SyncRun: runOf(of.company.directoryId),
  WebhookEndpoint: endpointOf(of.company),
  WebhookDelivery: messageOf(of.company),
  SetupInvitation: invitationOf(of.company.organizationId),
  User: accessOf(of).accountIds[0]!,
  Role: accessOf(of).roleId!,
  RoleMapping: accessOf(of).mappingId,
  RoleMappingPlan: accessOf(of).planId,
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

test('the walk asks for every field that can be reached from Query', () => {
  const operations = walk(schema, { values: valuesWith(['x']), nodeIds: nodeIds(mine) })
  const asked = new Set<string>()
  // The same ones with other variables ask for nothing else.
  for (const query of new Set(operations.map((operation) => operation.query))) {
    const info = new TypeInfo(schema)
    const note = () => {
      const parent = info.getParentType()
      const field = info.getFieldDef()
      if (parent && field) asked.add(`${parent.name}.${field.name}`)
    }
    visit(parse(query), visitWithTypeInfo(info, { Field: note }))
  }
  // What only mutations give.
  const elsewhere = new Set([
    'Mutation',
    'Subscription',
    'ApiKey',
    'PortalLink',
    'HeldChanges',
    'EventBatch',
    'WebhookDeliveryBatch',
    'AttributeMappingUpdate',
    'UpsertedUsers',
  ])
  const missing = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(
      ({ name }) => !name.startsWith('__') && !/Error$|Issue$|^User(?:Link|Email)/.test(name) && !elsewhere.has(name),
    )
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
    .filter((coordinate) => !asked.has(coordinate))
  expect(missing).toEqual([])
})

test('what a viewer is told is the same, byte for byte, whether or not another organization exists', async () => {
  const { key, theirKey, everyKey } = world
  // A first walk, without arguments, to get at cursors of all lists.
  const lists = walk(schema, { values: () => [], nodeIds: nodeIds(theirs) })
  const seen = { theirs: await answers(theirKey, lists), every: await answers(everyKey, lists) }
  expect(seen.theirs.join('')).toMatch(/_bravo/)
  expect(seen.every.join('')).toMatch(/_bravado/)
  // The walk would prove nothing where it finds nothing: each list, and each of their nodes, holds more for who sees
  // all.
  const own = await answers(key, lists)
  const short = [
    'Query.viewer',
    'Query.nodes',
    'Query.user',
    'Query.planRoleMappings',
    'Query.costEstimate',
    'Query.syncStats',
    'Directory.userCount',
  ]
  const roots = lists.map(({ name }) => name.split(' ', 1)[0]!)
  const data = (answer: string) => answer.replace(/,"extensions":{"freshness".*$/, '')
  const longer = roots.filter((_root, index) => data(seen.every[index]!).length > data(own[index]!).length * 1.5)
  expect(new Set(longer)).toEqual(new Set(roots.filter((root) => !short.includes(root))))
  const cursors = cursorsIn([...seen.theirs, ...seen.every])
  expect(new Set(cursors.map(orderOf)).size).toBe(12)

  // All of them in the long run; else a part, in which every field is asked with something.
  const all = walk(schema, { values: valuesWith(cursors), nodeIds: nodeIds(mine) })
  const operations = all.filter((_operation, index) => process.env.LONG_TESTS !== undefined || index % 7 === 0)
  const besideThem = await answers(key, operations)
  await forget(world, 'brav')
  const alone = await answers(key, operations)
  const pairs = operations.map((operation, index) => ({
    name: operation.name,
    beside: besideThem[index]!,
    alone: alone[index]!,
  }))
  expect(pairs.filter(({ beside, alone }) => beside !== alone)).toEqual([])
  // What is not found is called as it was asked for.
  expect(pairs.filter(({ beside }) => FOREIGN.test(beside.replaceAll(/"NotFoundError_\w+":"[^"]*"/g, '')))).toEqual([])
  expect(
    pairs.filter(({ beside }) => !beside.startsWith('200 {"data"') && !/BAD_USER_INPUT|NOT_FOUND/.test(beside)),
  ).toEqual([])
}, 180_000)
