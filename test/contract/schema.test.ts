import { readFileSync } from 'node:fs'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
  type GraphQLNamedType,
} from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
)

test('schema.graphql is what the code says', () => {
  expect(validateSchema(schema)).toEqual([])
  expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(read('../../schema.graphql'))
})

/** Each element of a type by its coordinate, with its shape, and with what describes it. */
function elements(
  type: GraphQLNamedType,
): { coordinate: string; shape: string; description: string | null | undefined }[] {
  const own = { coordinate: type.name, description: type.description }
  if (isEnumType(type)) {
    const values = type
      .getValues()
      .map(({ name, description }) => ({ coordinate: `${type.name}.${name}`, shape: 'value', description }))
    return [{ ...own, shape: 'enum' }, ...values]
  }
  if (isUnionType(type)) {
    const members = type
      .getTypes()
      .map(({ name }) => ({ coordinate: `${type.name} | ${name}`, shape: 'member', description: 'a member' }))
    return [{ ...own, shape: 'union' }, ...members]
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => ({
      coordinate: `${type.name}.${field.name}`,
      shape:
        String(field.type) + (field.defaultValue === undefined && field.default === undefined ? '' : ' with a default'),
      description: field.description,
    }))
    return [{ ...own, shape: 'input' }, ...fields]
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [{ ...own, shape: 'scalar' }]
  const fields = Object.values(type.getFields()).flatMap((field) => [
    { coordinate: `${type.name}.${field.name}`, shape: String(field.type), description: field.description },
    ...field.args.map((argument) => ({
      coordinate: `${type.name}.${field.name}(${argument.name}:)`,
      shape: String(argument.type),
      description: argument.description,
    })),
  ])
  const interfaces = type.getInterfaces().map(({ name }) => ({
    coordinate: `${type.name} implements ${name}`,
    shape: 'interface',
    description: 'an interface',
  }))
  return [{ ...own, shape: isObjectType(type) ? 'type' : 'interface' }, ...interfaces, ...fields]
}

test('every element says what it is for', () => {
  const silent = types.flatMap(elements).filter(({ description }) => (description ?? '').trim().length < 4)
  expect(silent.map(({ coordinate }) => coordinate)).toEqual([])
})

test('every name that clients rely on keeps its shape', () => {
  const shapes = new Map(types.flatMap(elements).map(({ coordinate, shape }) => [coordinate, shape]))
  const contract = buildSchema(read('contract.graphql'), { assumeValid: true })
  const promised = Object.values(contract.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap(elements)
  expect(promised.length).toBeGreaterThan(200)
  const broken = promised
    .filter(({ coordinate, shape }) => shapes.get(coordinate) !== shape)
    .map(
      ({ coordinate, shape }) => `${coordinate}: ${shape}, but the schema has ${shapes.get(coordinate) ?? 'nothing'}`,
    )
  expect(broken).toEqual([])
})

test('every list is a Relay connection that pages from both ends', () => {
  const connections = types.filter(isObjectType).filter(({ name }) => name.endsWith('Connection'))
  expect(connections.length).toBeGreaterThanOrEqual(7)
  for (const { name, getFields } of connections.map((type) => ({
    name: type.name,
    getFields: () => type.getFields(),
  }))) {
    const entry = name.replace(/Connection$/, '')
    const shapes = Object.fromEntries(Object.values(getFields()).map((field) => [field.name, String(field.type)]))
    expect(shapes).toEqual({
      edges: `[${entry}Edge!]!`,
      nodes: `[${entry}!]!`,
      pageInfo: 'PageInfo!',
      totalCount: 'Int!',
    })
  }
  const outputs = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) => Object.values(type.getFields()))
  const lists = outputs.filter((field) => String(field.type).endsWith('Connection!'))
  expect(lists.length).toBeGreaterThanOrEqual(12)
  for (const field of lists) {
    const args = Object.fromEntries(field.args.map((argument) => [argument.name, String(argument.type)]))
    expect([field.name, args]).toMatchObject([
      field.name,
      { first: 'Int', last: 'Int', after: 'String', before: 'String' },
    ])
  }
})

test('a mutation takes one input and gives a union of what it did and the errors that its caller can act on', () => {
  const results = Object.values(schema.getMutationType()!.getFields()).map((field) => {
    const name = field.name.charAt(0).toUpperCase() + field.name.slice(1)
    expect(field.args.map((argument) => `${argument.name}: ${String(argument.type)}`)).toEqual([`input: ${name}Input!`])
    expect(String(field.type)).toBe(`${name}Result!`)
    return schema.getType(`${name}Result`)
  })
  for (const result of results) {
    if (!isUnionType(result)) throw new Error(`${String(result)} is not a union`)
    const errors = result.getTypes().filter((type) => type.getInterfaces().some(({ name }) => name === 'Error'))
    expect(errors.length).toBe(result.getTypes().length - 1)
  }
})

// Relay selects the id of every member by itself.
test('an operation can select the ids of all members of a union', () => {
  const clashing = types.filter(isUnionType).filter((union) => {
    const ids = union.getTypes().map((type) => type.getFields().id?.type)
    return new Set(ids.filter((type) => type !== undefined).map(String)).size > 1
  })
  expect(clashing.map(({ name }) => name)).toEqual([])
})
