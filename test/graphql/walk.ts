// Asks for everything that a schema has: every field of every type, with every argument in every given value.
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

/** What an argument or an input's field of a scalar type is tried with. */
export type Values = (name: string, type: GraphQLNamedType) => readonly unknown[]

export interface Operation {
  /** The field that is asked and what it is asked with, for messages. */
  readonly name: string
  readonly query: string
  readonly variables: Record<string, unknown>
}

type Field = GraphQLField<unknown, unknown>
type Wants = (field: Field) => boolean
type Asked = Readonly<Record<string, unknown>>

// Entities within entities: more would only repeat what other operations of the walk ask at their top. What stands inside
// does not depend on how a list was asked for: with arguments, one level is enough.
const LEVELS = { plain: 2, asked: 1 }

export interface WalkOptions {
  readonly values: Values
  /** A node of each type, to ask it for its fields. */
  readonly nodeIds: Readonly<Record<string, string>>
  /** Which fields to ask what was found for; all where it is absent. */
  readonly wants?: (field: Field) => boolean
}

/** One operation for each root field, and for each field with arguments of each node, by each of their variations. */
export function walk(schema: GraphQLSchema, { values, nodeIds, wants = () => true }: WalkOptions): Operation[] {
  const root = Object.values(schema.getQueryType()!.getFields()).flatMap((field) =>
    variations(field, values).flatMap((asked) =>
      parts(schema, field).map((part) => operation(schema, field, asked, wants, null, part)),
    ),
  )
  const inside = nodeTypes(schema).flatMap((type) => {
    const id = nodeIds[type.name]
    if (id === undefined) throw new Error(`The walk has no id of a ${type.name}`)
    return Object.values(type.getFields())
      .filter((field) => field.args.length > 0)
      .flatMap((field) =>
        variations(field, values).map((asked) => operation(schema, field, asked, wants, { type, id })),
      )
  })
  return [...root, ...inside]
}

function nodeTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const node = schema.getType('Node')
  return isAbstractType(node) ? schema.getPossibleTypes(node) : []
}

// Everything of every node at once would be broader than an operation may be (law 10).
function parts(schema: GraphQLSchema, field: Field): readonly (GraphQLObjectType | null)[] {
  return getNamedType(field.type).name === 'Node' ? nodeTypes(schema) : [null]
}

function variations(field: Field, values: Values): Asked[] {
  return combine(field.args, isRequiredArgument, values)
}

// What is required in all its values, each by itself and with each of what may be added.
function combine<Input extends GraphQLArgument | GraphQLInputField>(
  inputs: readonly Input[],
  isRequired: (input: Input) => boolean,
  values: Values,
): Asked[] {
  const valuesOf = (input: Input) => valuesOfType(input.name, input.type, values)
  const bases = inputs
    .filter(isRequired)
    .reduce<Asked[]>(
      (all, input) => all.flatMap((base) => valuesOf(input).map((value) => ({ ...base, [input.name]: value }))),
      [{}],
    )
  const optional = inputs.filter((input) => !isRequired(input))
  return bases.flatMap((base) => [
    base,
    ...optional.flatMap((input) => valuesOf(input).map((value) => ({ ...base, [input.name]: value }))),
  ])
}

function valuesOfType(name: string, type: GraphQLInputType, values: Values): readonly unknown[] {
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    const items = valuesOfType(name, nullable.ofType, values)
    return [items, ...items.map((item) => [item])]
  }
  if (isEnumType(nullable)) return nullable.getValues().map((value) => value.name)
  if (!isInputObjectType(nullable)) return values(name, nullable)
  const fields = Object.values(nullable.getFields())
  return combine(fields, isRequiredInputField, values)
}

function operation(
  schema: GraphQLSchema,
  field: Field,
  asked: Asked,
  wants: Wants,
  inside: { readonly type: GraphQLObjectType; readonly id: string } | null,
  part: GraphQLObjectType | null = null,
): Operation {
  const declared = field.args.filter(({ name }) => name in asked)
  const declarations = declared.map(({ name, type }) => `$${name}: ${String(type)}`)
  const passed = declared.map(({ name }) => `${name}: $${name}`)
  const levels = declared.every(isRequiredArgument) ? LEVELS.plain : LEVELS.asked
  const whole = () => selection(schema, wants, getNamedType(field.type), levels)
  const body = part === null ? whole() : `{ __typename ... on ${part.name} ${selection(schema, wants, part, levels)} }`
  const call = `${field.name}${list(passed)} ${body}`
  const query =
    inside === null
      ? `query ${list(declarations)} { ${call} }`
      : `query ${list([...declarations, '$node: ID!'])} { node(id: $node) { ... on ${inside.type.name} { ${call} } } }`
  const variables = inside === null ? { ...asked } : { ...asked, node: inside.id }
  const name = `${inside?.type.name ?? 'Query'}.${field.name} ${JSON.stringify(asked)}`
  return { name: part === null ? name : `${name} ${part.name}`, query, variables }
}

// The first value of each enum that has to be given.
function requiredOf(field: Field): string {
  const given = field.args.filter(isRequiredArgument).map(({ name, type }) => {
    const named = getNamedType(type)
    if (!isEnumType(named)) throw new Error(`The walk has no value for ${field.name}(${name}:)`)
    return `${name}: ${named.getValues()[0]!.name}`
  })
  return list(given)
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `(${items.join(', ')})`
}

function selection(schema: GraphQLSchema, wants: Wants, type: GraphQLNamedType, levels: number, prefix = ''): string {
  if (isLeafType(type)) return ''
  if (isAbstractType(type)) {
    const parts = schema
      .getPossibleTypes(type)
      .map((possible) => `... on ${possible.name} ${selection(schema, wants, possible, levels, `${possible.name}_`)}`)
    return `{ __typename ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) throw new Error(`${type.name} is not an output type`)
  // A connection, its edges and its pageInfo are no level of their own.
  const isEntity = !/(?:Connection|Edge|PageInfo)$/.test(type.name)
  const below = isEntity ? levels - 1 : levels
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type)
    if (!wants(field) || (!isLeafType(named) && below === 0 && isEntity)) return []
    const page = field.args.some(({ name }) => name === 'first') ? '(first: 4)' : requiredOf(field)
    const alias = prefix === '' ? '' : `${prefix}${field.name}: `
    return [`${alias}${field.name}${page} ${selection(schema, wants, named, below)}`]
  })
  return `{ ${parts.join(' ')} }`
}
