import { getNamedType, isCompositeType, isObjectType, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createDirectoriesAsked } from '../../src/answers/directories-asked.ts'
import { cacheableFields, leadingOut } from '../../src/answers/cacheable-fields.ts'
import { schema } from '../../src/graphql/schema.ts'

const directoriesAsked = createDirectoriesAsked(schema)
function asked(text: string, variables: Record<string, unknown> = {}): readonly string[] | null {
  const document = parse(text)
  expect(validate(schema, document)).toEqual([])
  return directoriesAsked(document, variables)
}

describe('lies in the directories that are named', () => {
  const PAGE = '{ nodes { id } }'
  const cases: [string, Record<string, unknown>, string[]][] = [
    ['{ directory(id: "a") { id } }', {}, ['a']],
    ['query ($id: ID!) { directory(id: $id) { id } }', { id: 'a' }, ['a']],
    ['query ($id: ID! = "a") { directory(id: $id) { id } }', {}, ['a']],
    ['query ($id: ID! = "a") { directory(id: $id) { id } }', { id: 'b' }, ['b']],
    ['query ($id: ID!) { directory(id: $id) { id } }', { id: 7 }, ['7']],
    [`{ directoryUsers(filter: { directoryId: "a", state: [DELETED] }) ${PAGE} }`, {}, ['a']],
    [`query ($id: ID) { directoryGroups(filter: { directoryId: $id }) ${PAGE} }`, { id: 'a' }, ['a']],
    [`query ($filter: DirectoryUserFilter) { directoryUsers(filter: $filter) ${PAGE} }`, { filter: { directoryId: 'a' } }, ['a']], // oxfmt-ignore
    [`query ($filter: DirectoryUserFilter = { directoryId: "a" }) { directoryUsers(filter: $filter) ${PAGE} }`, {}, ['a']], // oxfmt-ignore
    ['{ __typename directory(id: "a") { __typename } again: directory(id: "a") { id } other: directory(id: "b") { id } }', {}, ['a', 'b']], // oxfmt-ignore
    [
      'query ($if: Boolean!) { ... @include(if: $if) { directory(id: "a") { id } } ...More } fragment More on Query { directory(id: "a") { id } b: directory(id: "b") { id } }',
      { if: false },
      ['a', 'b'],
    ],
    [
      '{ directory(id: "a") { organization { id name } users { nodes { groups { nodes { directory { name } members { nodes { id } } } } } } } }',
      {},
      ['a'],
    ],
  ]
  test.for(cases)('%s with %j', ([text, variables, ids]) => expect(asked(text, variables)).toEqual(ids))
})

describe('may lie elsewhere', () => {
  const PAGE = '{ nodes { id } }'
  const cases: [string, Record<string, unknown>][] = [
    [`{ directories ${PAGE} }`, {}],
    [`{ directories(filter: { organizationId: "a" }) ${PAGE} }`, {}],
    [`{ directoryUsers ${PAGE} }`, {}],
    [`{ directoryUsers(filter: { groupId: "a" }) ${PAGE} }`, {}],
    [`{ directoryUsers(filter: { directoryId: null }) ${PAGE} }`, {}],
    ['{ directoryUser(id: "a") { id } }', {}],
    ['{ directoryGroup(id: "a") { id } }', {}],
    [`query ($id: ID) { directoryUsers(filter: { directoryId: $id }) ${PAGE} }`, {}],
    [`query ($id: ID) { directoryUsers(filter: { directoryId: $id }) ${PAGE} }`, { id: null }],
    [`query ($filter: DirectoryUserFilter) { directoryUsers(filter: $filter) ${PAGE} }`, {}],
    [`query ($filter: DirectoryUserFilter) { directoryUsers(filter: $filter) ${PAGE} }`, { filter: null }],
    [`query ($filter: DirectoryUserFilter = { directoryId: "a" }) { directoryUsers(filter: $filter) ${PAGE} }`, { filter: {} }], // oxfmt-ignore
    ['query ($id: ID = "a") { directory(id: $id) { id } }', { id: null }],
    ['query ($id: ID!) { directory(id: $id) { id } }', { id: {} }],
    [`{ directory(id: "a") { id } directories ${PAGE} }`, {}],
    [`{ directory(id: "a") { id } ...More } fragment More on Query { ... { directories ${PAGE} } }`, {}],
    [`{ directory(id: "a") { organization { directories ${PAGE} } } }`, {}],
    [`{ directory(id: "a") { ...Owner } } fragment Owner on Directory { organization { ... { all: directories ${PAGE} } } }`, {}], // oxfmt-ignore
    ['query A { directory(id: "a") { id } } query B { directory(id: "b") { id } }', {}],
  ]
  test.for(cases)('%s with %j', ([text, variables]) => expect(asked(text, variables)).toBeNull())
})

test('of the cacheable fields through which somebody comes from a directory to other objects, somebody has decided whether these lie in it', () => {
  const found = new Set<string>()
  const types = ['Directory']
  for (const name of types) {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new Error(`${name} is no type of objects`)
    for (const { name: field, type: given } of Object.values(type.getFields())) {
      const next = getNamedType(given)
      const isIn = cacheableFields[name]!.includes(field) && leadingOut[name]?.includes(field) !== true
      if (!isCompositeType(next) || !isIn) continue
      found.add(`${name}.${field}`)
      if (!types.includes(next.name)) types.push(next.name)
    }
  }
  expect([...found].filter((field) => !/(Connection|Edge)\./.test(field)).toSorted()).toEqual([
    'Directory.attributeMappings',
    'Directory.groups',
    'Directory.organization',
    'Directory.provider',
    'Directory.users',
    'DirectoryGroup.directory',
    'DirectoryGroup.members',
    'DirectoryUser.attributes',
    'DirectoryUser.directory',
    'DirectoryUser.groups',
  ])
  expect(types).not.toContain('DirectoryConnection')
})
