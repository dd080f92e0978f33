import {
  BREAK,
  coerceInputLiteral,
  getOperationAST,
  getVariableValues,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { directoryNamedBy, leadingOut } from './cacheable-fields.ts'

/**
 * Returns the directories that contain everything a valid query shows, for any viewer; null if it may show anything
 * else. Directories that do not exist, or are not visible to the viewer, count like all others.
 */
type DirectoriesAsked = (
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
) => readonly string[] | null

interface Shape {
  readonly operation: OperationDefinitionNode
  readonly names: readonly Name[]
}

/** The argument of a root field that names its directory: an id, or a filter that contains it. */
interface Name {
  readonly value: ValueNode
  readonly type: GraphQLInputType
}

/** What does not depend on the variables is computed once per document. */
export function createDirectoriesAsked(schema: GraphQLSchema): DirectoriesAsked {
  const known = new WeakMap<DocumentNode, Shape | null>()
  return (document, inputs) => {
    let shape = known.get(document)
    if (shape === undefined) known.set(document, (shape = shapeOf(schema, document)))
    if (shape === null) return null
    const { variableValues } = getVariableValues(schema, shape.operation.variableDefinitions ?? [], inputs)
    if (variableValues === undefined) return null // execution reports the error
    const ids = new Set<string>()
    for (const { value, type } of shape.names) {
      const id = idOf(coerceInputLiteral(value, type, variableValues))
      if (id === null) return null
      ids.add(id)
    }
    return [...ids]
  }
}

function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  const isFilter = typeof value === 'object' && value !== null && 'directoryId' in value
  return isFilter && typeof value.directoryId === 'string' ? value.directoryId : null
}

function shapeOf(schema: GraphQLSchema, document: DocumentNode): Shape | null {
  const operation = getOperationAST(document) // null if there are several
  if (operation == null || leadsOut(schema, document)) return null
  const fragments = document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [one] : []))
  const names = namesOf(schema, operation.selectionSet, new Map(fragments.map((one) => [one.name.value, one])))
  return names && { operation, names }
}

function leadsOut(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let is = false
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        is = leadingOut[types.getParentType()?.name ?? '']?.includes(name.value) === true
        return is ? BREAK : undefined
      },
    }),
  )
  return is
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** Returns the names for all root fields, including those that a condition may skip; null if one of them has none. */
function namesOf(schema: GraphQLSchema, { selections }: SelectionSetNode, fragments: Fragments): Name[] | null {
  const names: Name[] = []
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value === '__typename') continue
      const name = nameOf(schema, selection)
      if (name === null) return null
      names.push(name)
    } else {
      const inside = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!
      const more = namesOf(schema, inside.selectionSet, fragments)
      if (more === null) return null
      names.push(...more)
    }
  }
  return names
}

function nameOf(schema: GraphQLSchema, field: FieldNode): Name | null {
  const naming = directoryNamedBy[field.name.value]
  const given = field.arguments?.find(({ name }) => name.value === naming)
  if (given === undefined) return null
  const { args } = schema.getQueryType()!.getFields()[field.name.value]!
  return { value: given.value, type: args.find(({ name }) => name === naming)!.type }
}
