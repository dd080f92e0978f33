import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAttributes } from '../../src/attributes/read-attributes.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { attributeNames } from '../../src/directory/attributes.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, event, member, group, user } from '../support/events.ts'
import { overWebSocket } from '../support/live.ts'

let app: TestApp
let key: string
let keyId: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  keyId = (await app.db.prisma.apiKey.findFirstOrThrow()).id
})
afterAll(() => app.close())

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const TEAM = '/custom_attributes/team'

let directories = 0

/** A directory of its own with five people: one as WorkOS told them before April 2026, one inactive, one deleted. */
async function company() {
  const number = (directories += 1)
  const directoryId = `directory_${number}`
  const id = (name: string) => `directory_user_${number}_${name}`
  const person = (name: string, fields: object) =>
    user(`${number}_${name}`, { directory_id: directoryId, email: `${name}@example.com`, ...fields })
  const people = [
    person('ada', { custom_attributes: { department_name: 'Platform', team: 'Red' } }),
    person('ben', { custom_attributes: { department_name: 'Platform', team: 'Platform' } }),
    person('eve', { custom_attributes: { team: 'Blue' }, state: 'inactive' }),
    person('old', {
      custom_attributes: {},
      raw_attributes: { title: 'Baker', [ENTERPRISE]: { department: 'Kitchen', manager: { value: 'u1' } } },
    }),
    person('zoe', { custom_attributes: { department_name: 'Platform', team: 'Red' } }),
  ]
  const facts: [string, Record<string, unknown>][] = [
    ['dsync.activated', directory({ id: directoryId })],
    ...people.map((one): [string, Record<string, unknown>] => ['dsync.user.created', one]),
    ['dsync.user.deleted', people[4]!],
  ]
  const statuses = facts.map(([type, data], second) => app.deliver(event(type, data, second + 1)))
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]))
  await app.applied()
  return { directoryId, id, person }
}

const Attributes = graphql(`
  query MappedAttributes($directoryId: ID!) {
    directoryUsers(filter: { directoryId: $directoryId, state: [ACTIVE, INACTIVE, DELETED] }) {
      nodes {
        id
        attributes {
          department
          jobTitle
          employeeId
          employeeType
          managerId
          managerEmail
          officeLocation
          phoneNumber
          division
          costCenter
          organization
          orgUnitPath
          employmentStartDate
        }
      }
    }
  }
`)
const Mappings = graphql(`
  query MappingsOfDirectory($id: ID!) {
    directory(id: $id) {
      attributeMappings {
        attribute
        pointers
        overridden
      }
    }
  }
`)
const Update = graphql(`
  mutation UpdateMapping($input: UpdateAttributeMappingInput!) {
    updateAttributeMapping(input: $input) {
      __typename
      ... on AttributeMappingUpdate {
        changedUsers
        directory {
          id
        }
        mapping {
          attribute
          pointers
          overridden
        }
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
      ... on Error {
        message
      }
    }
  }
`)
const Changes = graphql(`
  query MappingChanges($directoryId: ID!) {
    changes(last: 100, filter: { directoryId: $directoryId }) {
      nodes {
        cursor
        source
        actor
        eventId
        ... on AttributeMappingChange {
          mappingChange: kind
          attribute
          pointers
          overridden
          changedFields
          previous
        }
        ... on DirectoryUserChange {
          userChange: kind
          directoryUserId
          changedFields
          previous
        }
      }
    }
  }
`)

async function update(directoryId: string, pointers: string[] | null, attribute = 'department', secret = key) {
  const { data, errors } = await ask(app.url, secret, Update, { input: { directoryId, attribute, pointers } })
  expect(errors).toBeUndefined()
  return data!.updateAttributeMapping
}
const valuesOf = async (directoryId: string) => {
  const { directoryUsers } = await query(app.url, key, Attributes, { directoryId })
  return new Map(directoryUsers.nodes.map(({ id, attributes }) => [id, attributes]))
}
/** Of Ada, Ben, Eve, the old one and Zoe, who is gone. */
const departments = async (directoryId: string) =>
  [...(await valuesOf(directoryId))].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { department }]) => department)
const mappingOf = async (directoryId: string, attribute = 'department') =>
  (await query(app.url, key, Mappings, { id: directoryId })).directory!.attributeMappings.find(
    (one) => one.attribute === attribute,
  )!
/** What mutations have brought. */
const changesOf = async (directoryId: string) =>
  (await query(app.url, key, Changes, { directoryId })).changes.nodes.filter(({ source }) => source === 'MUTATION')

test('attributes have one name, whichever way a provider tells them', async () => {
  const { directoryId, id } = await company()
  const told = await valuesOf(directoryId)
  expect(told.get(id('ada'))).toMatchObject({ department: 'Platform', jobTitle: null })
  expect(told.get(id('old'))).toMatchObject({ department: 'Kitchen', jobTitle: 'Baker', managerId: 'u1' })
  expect(Object.keys(told.get(id('ada'))!)).toEqual([...attributeNames])
})

test('a directory lists where each attribute is read from', async () => {
  const { directoryId } = await company()
  const { attributeMappings } = (await query(app.url, key, Mappings, { id: directoryId })).directory!
  expect(attributeMappings.map(({ attribute }) => attribute)).toEqual([...attributeNames])
  expect(attributeMappings.every(({ overridden }) => !overridden)).toBe(true)
  expect(attributeMappings[0]!.pointers).toEqual([
    '/custom_attributes/department_name',
    '/custom_attributes/department',
    `/raw_attributes/${ENTERPRISE}/department`,
    '/raw_attributes/department',
    `/raw_attributes/${ENTERPRISE}:department`,
    '/raw_attributes/department_name',
  ])
})

test('a new mapping holds for present users at once, says how many changed, and tells of each of them', async () => {
  const { directoryId, id } = await company()
  const pointers = [TEAM, '/custom_attributes/department_name']
  expect(await update(directoryId, pointers)).toMatchObject({
    __typename: 'AttributeMappingUpdate',
    // Ben's is the same from elsewhere, and Zoe is gone.
    changedUsers: 3,
    directory: { id: directoryId },
    mapping: { attribute: 'department', pointers, overridden: true },
  })
  expect(await departments(directoryId)).toEqual(['Red', 'Platform', 'Blue', null, 'Red'])
  expect(await mappingOf(directoryId)).toEqual({ attribute: 'department', pointers, overridden: true })
  expect((await mappingOf(directoryId, 'jobTitle')).overridden).toBe(false)

  const by = { source: 'MUTATION', actor: keyId, eventId: null }
  const told = (directoryUserId: string, department: string | null) =>
    expect.objectContaining({
      ...by,
      userChange: 'UPDATED',
      directoryUserId,
      changedFields: ['attributes'],
      previous: { attributes: { department } },
    }) as object
  const [mapping, ...users] = await changesOf(directoryId)
  expect(mapping).toMatchObject({
    ...by,
    mappingChange: 'UPDATED',
    attribute: 'department',
    pointers,
    overridden: true,
    changedFields: ['pointers', 'overridden'],
    previous: { overridden: false, pointers: (await mappingOf((await company()).directoryId)).pointers },
  })
  expect(users).toEqual([told(id('ada'), 'Platform'), told(id('eve'), null), told(id('old'), 'Kitchen')])
})

test('null brings back where the provider has it, and the same once more changes nothing', async () => {
  const { directoryId } = await company()
  await update(directoryId, [TEAM])
  expect(await changesOf(directoryId)).toHaveLength(4)
  expect(await update(directoryId, [TEAM])).toMatchObject({ changedUsers: 0, mapping: { overridden: true } })
  expect(await changesOf(directoryId)).toHaveLength(4)
  expect(await update(directoryId, null)).toMatchObject({ changedUsers: 3, mapping: { overridden: false } })
  expect(await departments(directoryId)).toEqual(['Platform', 'Platform', null, 'Kitchen', 'Platform'])
  expect(await update(directoryId, null)).toMatchObject({ changedUsers: 0 })
  const again = (await changesOf(directoryId)).slice(4)
  expect(again.map((change) => ('changedFields' in change ? change.changedFields : null))).toEqual([
    ['pointers', 'overridden'],
    ['attributes'],
    ['attributes'],
    ['attributes'],
  ])
})

test('a mapping of nothing makes the attribute null; the default, given as an own one, changes no user', async () => {
  const { directoryId } = await company()
  const { pointers } = await mappingOf(directoryId)
  expect(await update(directoryId, [])).toMatchObject({ changedUsers: 3, mapping: { pointers: [], overridden: true } })
  expect(await departments(directoryId)).toEqual([null, null, null, null, null])
  await update(directoryId, null)
  expect(await update(directoryId, pointers)).toMatchObject({
    changedUsers: 0,
    mapping: { pointers, overridden: true },
  })
})

test('the document has what WorkOS says beside the attributes', async () => {
  const { directoryId, id } = await company()
  expect(await update(directoryId, ['/idp_id'], 'employeeId')).toMatchObject({ changedUsers: 4 })
  expect(await update(directoryId, ['/email'], 'managerEmail')).toMatchObject({ changedUsers: 4 })
  const eve = (await valuesOf(directoryId)).get(id('eve'))
  expect(eve).toMatchObject({ employeeId: `idp_${id('eve').slice(15)}`, managerEmail: 'eve@example.com' })
})

describe('what cannot be a mapping is refused, and changes nothing:', () => {
  const long = `/custom_attributes/${'x'.repeat(500)}`
  const many = Array.from({ length: 17 }, () => '/email')
  test.each<[why: string, attribute: string, pointers: string[] | null | undefined, issues: [string[], RegExp][]]>([
    ['no such attribute', 'shoeSize', null, [[['attribute'], /one of department/]]],
    ['not one of ours', 'constructor', [], [[['attribute'], /one of department/]]],
    ['nothing given', 'department', undefined, [[['pointers'], /is required/]]],
    ['no pointers', 'division', ['team', '/email~b'], [[['pointers', '0'], /RFC 6901/], [['pointers', '1'], /RFC 6901/]]], // oxfmt-ignore
    ['elsewhere', 'division', [TEAM, '/team', ''], [[['pointers', '1'], /begin with/], [['pointers', '2'], /begin with/]]], // oxfmt-ignore
    ['too many', 'department', many, [[['pointers'], /at most 16/]]],
    ['too long', 'department', [long], [[['pointers', '0'], /500 characters/]]],
  ])('%s', async (_why, attribute, pointers, issues) => {
    const { directoryId } = await company()
    const input = { directoryId, attribute, ...(pointers !== undefined && { pointers }) }
    const { data } = await ask(app.url, key, Update, { input })
    expect(data!.updateAttributeMapping).toMatchObject({
      __typename: 'ValidationError',
      issues: issues.map(([path, message]) => ({
        path: ['input', ...path],
        message: expect.stringMatching(message) as string,
      })),
    })
    expect(await changesOf(directoryId)).toEqual([])
    expect((await mappingOf(directoryId)).overridden).toBe(false)
  })
})

test('whoever may only read cannot change a mapping, and whoever may not read raw attributes cannot lead there', async () => {
  const { directoryId } = await company()
  const reader = await app.key(null, ['directory:read', 'users:read:raw'])
  expect(await update(directoryId, [], 'department', reader)).toMatchObject({ requiredScope: 'sync:write' })
  const writer = await app.key(null, ['directory:read', 'sync:write'])
  for (const pointers of [['/email', '/raw_attributes/ssn'], ['/raw_attributes']])
    expect(await update(directoryId, pointers, 'department', writer)).toMatchObject({
      __typename: 'ForbiddenError',
      requiredScope: 'users:read:raw',
    })
  expect((await mappingOf(directoryId)).overridden).toBe(false)
  expect(await update(directoryId, [TEAM], 'department', writer)).toMatchObject({ changedUsers: 3 })
  expect(await update(directoryId, null, 'department', writer)).toMatchObject({ changedUsers: 3 })
})

test('a directory that is not there is not found', async () => {
  expect(await update('directory_none', null)).toMatchObject({ __typename: 'NotFoundError' })
})

test('a subscriber hears of the mapping, then of each user with the new value', async () => {
  const { directoryId, id } = await company()
  const after = (await query(app.url, key, Changes, { directoryId })).changes.nodes.at(-1)!.cursor
  const live = overWebSocket<{ changes: object }>(app.url, key, {
    query: `subscription ($directoryId: ID!, $after: String!) { changes(filter: { directoryId: $directoryId }, after: $after) {
      __typename
      ... on DirectoryUserChange { directoryUser { id attributes { department } } previous }
    } }`,
    variables: { directoryId, after },
  })
  const first = live.next()
  await update(directoryId, [TEAM])
  expect((await first).changes).toEqual({ __typename: 'AttributeMappingChange' })
  expect((await live.next()).changes).toMatchObject({
    directoryUser: { id: id('ada'), attributes: { department: 'Red' } },
    previous: { attributes: { department: 'Platform' } },
  })
  live.leave()
})

test('updates of one directory at the same time happen one after the other, each of them whole', async () => {
  const { directoryId, id } = await company()
  const documents = {
    ada: { team: 'Red', department_name: 'Platform' },
    ben: { team: 'Platform', department_name: 'Platform' },
    eve: { team: 'Blue' },
    old: {},
  }
  await update(directoryId, [])
  const asked = ['team', 'department_name', 'none'].flatMap((name) =>
    ['x', 'y'].map((other) => [`/custom_attributes/${name}`, `/custom_attributes/${other}`]),
  )
  const results = await Promise.all(asked.map((pointers) => update(directoryId, pointers)))

  const read = (document: Record<string, string>, pointers: readonly string[]) =>
    pointers.map((pointer) => document[pointer.split('/')[2]!]).find((value) => value !== undefined) ?? null
  const [, ...log] = await changesOf(directoryId)
  let former: readonly string[] = []
  let position = log.findIndex((change) => 'mappingChange' in change)
  const done: (readonly string[])[] = []
  while (position < log.length) {
    const mapping = log[position]!
    if (!('pointers' in mapping)) throw new Error(JSON.stringify(mapping))
    const { pointers } = mapping
    const expected = Object.entries(documents).flatMap(([name, document]) => {
      const [before, now] = [read(document, former), read(document, pointers)]
      return before === now ? [] : [{ id: id(name), department: before }]
    })
    const told = log.slice(position + 1, position + 1 + expected.length)
    expect(told.map((change) => 'directoryUserId' in change && [change.directoryUserId, change.previous])).toEqual(
      expected.map(({ id, department }) => [id, { attributes: { department } }]),
    )
    expect(results[asked.findIndex((one) => String(one) === String(pointers))]).toMatchObject({
      changedUsers: expected.length,
    })
    position += 1 + expected.length
    done.push(pointers)
    former = pointers
  }
  expect(done.map(String).sort()).toEqual(asked.map(String).sort())
  expect((await mappingOf(directoryId)).pointers).toEqual(former)
})

test('attributes of given users can be read inside a transaction, with what it has written', async () => {
  const { directoryId, id } = await company()
  await update(directoryId, [TEAM])
  const { directoryId: other, id: otherId } = await company()
  expect(other).not.toBe(directoryId)
  await inTransaction(app.db.pool, async (tx) => {
    await tx.query(`update directory_user set custom_attributes = '{"team": "Green"}' where id = $1`, [id('ben')])
    const ids = [id('ada'), id('ben'), id('zoe'), otherId('ada'), 'directory_user_none']
    const read = await readAttributes(tx, ids)
    expect(ids.map((one) => read.get(one)?.department)).toEqual(['Red', 'Green', 'Red', 'Platform', undefined])
    expect(Object.keys(read.get(id('ada'))!)).toEqual([...attributeNames])
  })
  expect(await readAttributes(app.db.pool, [])).toEqual(new Map())
})

test('a user whose attributes a membership has told has them too', async () => {
  const { directoryId, person } = await company()
  const ops = group(`${directoryId}_ops`, { directory_id: directoryId })
  const ina = person('ina', { custom_attributes: { department_name: 'Ops' } })
  await app.deliver(event('dsync.group.user_added', member(ops, ina, directoryId), 20))
  await app.applied()
  expect((await valuesOf(directoryId)).get(ina.id)).toMatchObject({ department: 'Ops' })
})
