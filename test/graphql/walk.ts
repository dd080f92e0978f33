// Asks for everything that a schema has: every field of every type, with every argument in every given value.
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
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

/** What an argument, or a field of that input, of a scalar type is tried with. */
export type Values = (name: string, type: GraphQLNamedType, of: string | null) => readonly unknown[]

export interface Operation {
  /** The field that is asked and what it is asked with, for messages. */
  readonly name: string
  readonly query: string
  readonly variables: Record<string, unknown>
}

type Field = GraphQLField<unknown, unknown>
type Wants = (field: Field) => boolean
type Asked = Readonly<Record<string, unknown>>

// Entities within entities: more would only repeat what other operations of the walk ask at their top. What stands
// inside does not depend on how a list was asked for: with arguments, one level is enough.
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
      parts(schema, field, asked).map((part) => operation(schema, field, asked, wants, null, part)),
    ),
  )
  const inside = nodeTypes(schema).flatMap((type) => {
    const id = nodeIds[type.name]
    if (id === undefined) throw new Error(`The walk has no id of a ${type.name}`)
    return Object.values(type.getFields())
      .filter((field) => field.args.length > 0)
      .flatMap((field) =>
        variations(field, values).flatMap((asked) =>
          parts(schema, field, asked).map((part) => operation(schema, field, asked, wants, { type, id }, part)),
        ),
      )
  })
  return [...root, ...inside]
}

function nodeTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const node = schema.getType('Node')
  return isAbstractType(node) ? schema.getPossibleTypes(node) : []
}

// Everything of every node, or of every kind of change, at once would be broader than an operation may be (law 10). How
// a list was asked for makes no difference to what its entries can be asked.
function parts(schema: GraphQLSchema, field: Field, asked: Asked): readonly (GraphQLObjectType | null)[] {
  const isPlain = field.args.every((arg) => isRequiredArgument(arg) || !(arg.name in asked))
  const type = schema.getType(getNamedType(field.type).name.replace(/Connection$/, ''))
  return isPlain && isInterfaceType(type) ? schema.getPossibleTypes(type) : [null]
}

function variations(field: Field, values: Values): Asked[] {
  return combine(field.args, isRequiredArgument, values)
}

// What is required in all its values, each by itself and with each of what may be added.
function combine<Input extends GraphQLArgument | GraphQLInputField>(
  inputs: readonly Input[],
  isRequired: (input: Input) => boolean,
  values: Values,
  of: string | null = null,
): Asked[] {
  const valuesOf = (input: Input) => valuesOfType(input.name, input.type, values, of)
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

function valuesOfType(name: string, type: GraphQLInputType, values: Values, of: string | null): readonly unknown[] {
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    const items = valuesOfType(name, nullable.ofType, values, of)
    // Many at once, but not so many that the answer would cost too much, and each by itself.
    const some = Array.from({ length: Math.ceil(items.length / 30) }, (_, n) => items.slice(30 * n, 30 * n + 30))
    return [...some, ...items.map((item) => [item])]
  }
  if (isEnumType(nullable)) return nullable.getValues().map((value) => value.name)
  if (!isInputObjectType(nullable)) return values(name, nullable, of)
  const fields = Object.values(nullable.getFields())
  return combine(fields, isRequiredInputField, values, nullable.name)
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
  const isPlain = declared.every(isRequiredArgument) && !holdsTogether(schema, getNamedType(field.type))
  const levels = isPlain ? LEVELS.plain : LEVELS.asked
  const body = selection({ schema, wants, part }, getNamedType(field.type), levels)
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

interface Selecting {
  readonly schema: GraphQLSchema
  readonly wants: Wants
  /** What is asked of an interface besides its own fields, if it is one of its types. Of a union all are asked. */
  readonly part: GraphQLObjectType | null
}

function selection(selecting: Selecting, type: GraphQLNamedType, levels: number, prefix = ''): string {
  const { schema, wants, part } = selecting
  if (isLeafType(type)) return ''
  if (isAbstractType(type)) {
    const asked = schema.getPossibleTypes(type).filter((one) => !isInterfaceType(type) || one === part)
    const parts = asked.map((one) => `... on ${one.name} ${selection(selecting, one, levels, `${one.name}_`)}`)
    const own = isInterfaceType(type) ? Object.values(type.getFields()).filter((field) => isOwn(selecting, field)) : []
    return `{ __typename ${own.map(({ name }) => name).join(' ')} ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) throw new Error(`${type.name} is not an output type`)
  const isEntity = !/(?:Connection|Edge|PageInfo)$/.test(type.name) && !holdsTogether(schema, type)
  const below = isEntity ? levels - 1 : levels
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type)
    if (!wants(field) || (!isLeafType(named) && below === 0 && isEntity)) return []
    const page = field.args.some(({ name }) => name === 'first') ? '(first: 4)' : requiredOf(field)
    const alias = prefix === '' ? '' : `${prefix}${field.name}: `
    return [`${alias}${field.name}${page} ${selection(selecting, named, below)}`]
  })
  return `{ ${parts.join(' ')} }`
}

function isOwn({ wants }: Selecting, field: Field): boolean {
  return wants(field) && field.args.length === 0 && isLeafType(getNamedType(field.type))
}

// Neither listed nor asked anything, such as a reason or an explanation: no level of its own.
function holdsTogether(schema: GraphQLSchema, type: GraphQLNamedType): boolean {
  if (!isObjectType(type) || /(?:Connection|Edge|PageInfo)$/.test(type.name)) return false
  const isListed = type.getInterfaces().length > 0 || schema.getType(`${type.name}Connection`) !== undefined
  return !isListed && Object.values(type.getFields()).every((field) => field.args.length === 0)
}
