import {
  getNullableType,
  isInputObjectType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { createIsCacheable } from '../../src/answers/is-cacheable.ts'
import { cacheableFields } from '../../src/answers/cacheable-fields.ts'
import { schema } from '../../src/graphql/schema.ts'

const isCacheable = createIsCacheable(schema)
const mayBeCached = (text: string) => isCacheable(parse(text))

/** Of types whose other fields are cacheable: these change, or may, while no change of the log says so. */
const UNCACHEABLE: Record<string, readonly string[]> = {
  Query: [
    'apiKeys',
    'changes',
    'costEstimate',
    'events',
    'explainAccess',
    'node',
    'nodes',
    'organization',
    'organizations',
    'planRoleMappings',
    'role',
    'roleMappings',
    'roles',
    'setupInvitations',
    'syncRun',
    'syncStats',
    'user',
    'users',
    'viewer',
    'webhookEndpoint',
    'webhookEndpoints',
  ],
  Organization: ['linkByEmail', 'syncStats', 'users'],
  Directory: ['guard', 'health', 'lastEventAt', 'lastSyncedAt', 'syncRuns', 'syncStats'],
  DirectoryUser: ['changes', 'user'],
  DirectoryGroup: ['roleMappings'],
}

const objectTypes = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'))
const fieldsOf = (type: GraphQLObjectType): GraphQLField<unknown, unknown>[] => Object.values(type.getFields())
const cacheableFieldsOf = (type: GraphQLObjectType) =>
  fieldsOf(type).filter(({ name }) => cacheableFields[type.name]?.includes(name) === true)

test('of each field of a type that has cacheable ones, somebody has decided whether it is', () => {
  for (const type of objectTypes.filter(({ name }) => name in cacheableFields)) {
    const decided = [...cacheableFields[type.name]!, ...(UNCACHEABLE[type.name] ?? [])]
    expect([type.name, decided.toSorted()]).toEqual([
      type.name,
      fieldsOf(type)
        .map(({ name }) => name)
        .toSorted(),
    ])
  }
  expect(Object.keys(cacheableFields).filter((name) => !isObjectType(schema.getType(name)))).toEqual([])
})

test('an answer is kept when all its fields are cacheable, and not for any other field of the schema', () => {
  for (const type of objectTypes)
    for (const { name } of fieldsOf(type)) {
      const document = `query { directories { __typename } } fragment Other on ${type.name} { ${name} }`
      expect([type.name, name, mayBeCached(document)]).toEqual([
        type.name,
        name,
        cacheableFields[type.name]?.includes(name) ?? false,
      ])
    }
})

test('the arguments of cacheable fields say which rows, in what order and which page, and nothing of another time', () => {
  const known = new Set(['id', 'filter', 'orderBy', 'first', 'last', 'after', 'before', 'state'])
  const others = new Set<string>()
  for (const type of objectTypes)
    for (const { name, args } of cacheableFieldsOf(type))
      for (const argument of args) if (!known.has(argument.name)) others.add(`${type.name}.${name}.${argument.name}`)
  expect([...others]).toEqual(['Directory.users.asOf', 'DirectoryGroup.members.asOf'])
  expect(mayBeCached('{ directory(id: "x") { users(asOf: "2026-01-01T00:00:00Z") { nodes { id } } } }')).toBe(false)
  expect(mayBeCached('query ($at: DateTime) { directory(id: "x") { users(asOf: $at) { nodes { id } } } }')).toBe(false)
})

test('filters and orders of cacheable lists are by what is cacheable', () => {
  const inputs = new Set<string>()
  for (const type of objectTypes)
    for (const { name, args } of cacheableFieldsOf(type))
      for (const { type: given } of args) {
        const input = getNullableType(given)
        if (isInputObjectType(input))
          for (const field of Object.keys(input.getFields())) inputs.add(`${name}: ${input.name}.${field}`)
      }
  const fields = new Set([...inputs].map((input) => input.split('.')[1]!))
  expect([...fields].toSorted()).toEqual([
    'direction',
    'directoryId',
    'email',
    'emailPrefix',
    'field',
    'groupId',
    'idpId',
    'organizationId',
    'search',
    'state',
    'type',
    'updatedAfter',
    'userId',
  ])
})

describe('not kept, whatever their fields', () => {
  const documents = [
    'mutation { revokeApiKey(input: { id: "x" }) { __typename } }',
    'subscription { directoryChanges(directoryId: "x") { id } }',
    'query A { directories { nodes { id } } } mutation B { revokeApiKey(input: { id: "x" }) { __typename } }',
    '{ directories { nodes { id ...Other } } } fragment Other on Directory { health { __typename } }',
    '{ __schema { types { name } } }',
    '{ directories @defer { nodes { id } } }',
  ]
  test.for(documents)('%s', (document) => expect(mayBeCached(document)).toBe(false))
})

test('conditions and names of its own are no reason not to keep an answer', () => {
  const document = `query Named($x: Boolean!) { all: directories(first: 3) { nodes { id ... on Directory @include(if: $x) { name } } } }`
  expect(mayBeCached(document)).toBe(true)
})
