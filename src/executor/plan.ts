import {
  defaultFieldResolver,
  defaultTypeResolver,
  getNullableType,
  GraphQLID,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, type Asked, type SameFields } from './collect-fields.ts'
import type { Column, Execution } from './execution.ts'

/** A field of one object type at one place in a query, with everything known about it before execution. */
export interface PlannedField {
  /** Its name in the response. */
  readonly key: string
  readonly name: string
  /** Null if it is a property of the object. */
  readonly resolve: Resolve | null
  readonly completion: Completion
  readonly definition: GraphQLField<unknown, unknown>
  readonly nodes: SameFields
  /** Its index among all fields of the plan. */
  readonly index: number
  readonly info: Omit<GraphQLResolveInfo, 'variableValues'>
}

/** How a resolved value becomes a response value. */
export interface Completion {
  /** Whether null is an error. */
  readonly required: boolean
  /** Completes a value that is neither null nor a promise. */
  readonly complete: (execution: Execution, field: PlannedField, value: unknown, column: Column) => unknown
  /** Fills the objects that were put into a column; null if there are none. */
  readonly fill: Fill | null
}

type Fill = (execution: Execution, field: PlannedField, column: Column) => void

/**
 * A resolver that may also resolve the field for several objects of a list together. `together` is a property of the
 * resolver itself, so that wrapping it, to check or count its results, also disables it. Resolves to a value for each
 * object, in order; returns null if each must be resolved separately.
 */
interface Resolve extends GraphQLFieldResolver<unknown, unknown> {
  readonly together?: (
    parents: readonly unknown[],
    ...rest: [args: object, context: unknown, info: GraphQLResolveInfo]
  ) => PromiseLike<readonly unknown[]> | null
}

/** A query with known conditions. */
interface AskedQuery extends Asked {
  readonly operation: OperationDefinitionNode
}

type FieldsOf = (type: GraphQLObjectType, field: PlannedField | null) => readonly PlannedField[]

/**
 * Plans the root fields of a query and their completion. Nested fields are planned when first reached. Resolvers get
 * everything that GraphQL passes, except list indexes in `info.path`.
 */
export function planQuery(query: AskedQuery): readonly PlannedField[] {
  const { schema, fragments, operation } = query
  let fields = 0

  function planSelection(selectionSets: readonly SelectionSetNode[]): FieldsOf {
    const known = new Map<GraphQLObjectType, readonly PlannedField[]>()
    return (type, around) => {
      let planned = known.get(type)
      if (planned === undefined) {
        const asked = collectFields(query, type, selectionSets)
        planned = Array.from(asked, ([key, nodes]) => planField(type, key, nodes, around))
        known.set(type, planned)
      }
      return planned
    }
  }

  function planField(
    parentType: GraphQLObjectType,
    key: string,
    nodes: SameFields,
    around: PlannedField | null,
  ): PlannedField {
    const fieldName = nodes[0].name.value
    const definition = schema.getField(parentType, fieldName)
    if (definition === undefined) throw new Error(`${parentType.name} has no field ${fieldName}`)
    const { type: returnType, resolve } = definition
    return {
      key,
      name: fieldName,
      resolve: resolve === undefined || resolve === defaultFieldResolver ? null : resolve,
      completion: completionOf(returnType, nodes),
      definition,
      nodes,
      index: fields++,
      info: {
        fieldName,
        fieldNodes: nodes,
        returnType,
        parentType,
        path: { prev: around?.info.path, key, typename: parentType.name },
        schema,
        fragments,
        rootValue: undefined,
        operation,
        getAbortSignal: () => undefined,
        getAsyncHelpers: () => {
          throw new Error('No resolver has work that continues after it has returned')
        },
      },
    }
  }

  function completionOf(type: GraphQLOutputType, nodes: SameFields): Completion {
    const required = isNonNullType(type)
    const nullable = getNullableType(type)
    if (isListType(nullable)) {
      const items = completionOf((nullable as GraphQLList<GraphQLOutputType>).ofType, nodes)
      return { required, complete: listOf(items), fill: items.fill }
    }
    if (isLeafType(nullable)) return { required, complete: leafOf(nullable), fill: null }
    const fieldsOf = planSelection(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))
    const fill = isAbstractType(nullable)
      ? fillAny(schema, nullable, fieldsOf)
      : fillOne(nullable as GraphQLObjectType, fieldsOf)
    return { required, complete: newObject, fill }
  }

  return planSelection([operation.selectionSet])(schema.getQueryType()!, null)
}

/** Fills objects of a type. */
function fillOne(type: GraphQLObjectType, fieldsOf: FieldsOf): Fill {
  const fill: Fill = (execution, field, column) => execution.fill(fieldsOf(type, field), column)
  if (typeof type.isTypeOf !== 'function') return fill
  const isTypeOf = type.isTypeOf.bind(type)
  return forEach(
    (execution, field, value) => isTypeOf(value, execution.context, execution.infoOf(field)),
    (is, execution, field, column) => {
      if (!is) throw new Error(`${field.name} is not of type ${type.name}`)
      fill(execution, field, column)
    },
  )
}

/** Fills objects, each by the fields of its own type. */
function fillAny(schema: GraphQLSchema, type: GraphQLAbstractType, fieldsOf: FieldsOf): Fill {
  const fills = new Map<string | undefined, Fill>()
  function fillOf(name: string | undefined): Fill {
    let fill = fills.get(name)
    if (fill === undefined) {
      const found = name === undefined ? undefined : schema.getType(name)
      if (!isObjectType(found) || !schema.isSubType(type, found))
        throw new Error(`${name} is not a type of ${type.name}`)
      fills.set(name, (fill = fillOne(found, fieldsOf)))
    }
    return fill
  }
  const resolveType = type.resolveType?.bind(type) ?? defaultTypeResolver
  return forEach(
    (execution, field, value) => resolveType(value, execution.context, execution.infoOf(field), type),
    (name, execution, field, column) => fillOf(name)(execution, field, column),
  )
}

/** Groups objects by a computed property, and fills each group together. */
function forEach<Known extends string | boolean | undefined>(
  findOut: (execution: Execution, field: PlannedField, value: unknown) => PromiseLike<Known> | Known,
  fill: (known: Known, ...rest: Parameters<Fill>) => void,
): Fill {
  return (execution, field, { sources, answers }) => {
    const columns = new Map<Known, Column>()
    for (const [index, source] of sources.entries()) {
      const answer = answers[index]!
      const known = findOut(execution, field, source)
      if (typeof known === 'object') {
        const alone = { sources: [source], answers: [answer] }
        execution.later(known, (found) => fill(found, execution, field, alone))
      } else {
        const column = columns.get(known) ?? { sources: [], answers: [] }
        if (column.sources.length === 0) columns.set(known, column)
        column.sources.push(source)
        column.answers.push(answer)
      }
    }
    for (const [known, column] of columns) fill(known, execution, field, column)
  }
}

const newObject: Completion['complete'] = (_execution, _field, value, { sources, answers }) => {
  const answer = {}
  sources.push(value)
  answers.push(answer)
  return answer
}

function leafOf(type: GraphQLLeafType): Completion['complete'] {
  // Nearly always returned unchanged.
  const isText = type === GraphQLString || type === GraphQLID
  return (_execution, _field, value) => {
    if (isText && typeof value === 'string') return value
    const answered = type.coerceOutputValue(value)
    if (answered === null || answered === undefined) throw new Error(`${type.name} cannot be ${String(value)}`)
    return answered
  }
}

function listOf(completion: Completion): Completion['complete'] {
  return (execution, field, value, column) => {
    if (!isIterable(value)) throw new Error(`${field.name} is not a list`)
    const items = Array.isArray(value) ? (value as readonly unknown[]) : Array.from(value)
    const into: unknown[] = []
    for (let place = 0; place < items.length; place++)
      execution.put(field, completion, items[place], into, place, column)
    return into
  }
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value
