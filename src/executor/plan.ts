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
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, type Asked } from './collect-fields.ts'
import type { Execution } from './execution.ts'

/** A field of one type of object in one place of a query, and all that is known of it before anything is asked. */
export interface PlannedField {
  /** Its name in the answer. */
  readonly key: string
  readonly name: string
  /** Null where it is a property of the object. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | null
  readonly completion: Completion
  readonly definition: GraphQLField<unknown, unknown>
  readonly nodes: readonly FieldNode[]
  /** Its place among all fields of the plan. */
  readonly index: number
  readonly info: Omit<GraphQLResolveInfo, 'variableValues'>
}

/** How a resolved value becomes what is answered. */
export interface Completion {
  /** Whether null is a fault. */
  readonly required: boolean
  /** Of what is not null, and no promise. */
  readonly complete: (execution: Execution, field: PlannedField, value: unknown) => unknown
}

/** A query whose conditions are known. */
export interface AskedQuery extends Asked {
  readonly operation: OperationDefinitionNode
}

/** Puts what is asked of a value into the object that is answered. */
type Fill = (execution: Execution, field: PlannedField, value: unknown, into: Record<string, unknown>) => void

type FieldsOf = (type: GraphQLObjectType, field: PlannedField | null) => readonly PlannedField[]

/**
 * The fields at the root of a query, with how each is completed. What is inside of others is planned when it is first reached. A resolver
 * is told all that GraphQL tells it but for the places of lists in `info.path`.
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
    nodes: readonly FieldNode[],
    around: PlannedField | null,
  ): PlannedField {
    const fieldName = nodes[0]!.name.value
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
          throw new Error('No resolver has work that goes on when it has answered')
        },
      },
    }
  }

  function completionOf(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completion {
    return { required: isNonNullType(type), complete: completeOf(getNullableType(type), nodes) }
  }

  function completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completion['complete'] {
    if (isListType(type)) return listOf(completionOf((type as GraphQLList<GraphQLOutputType>).ofType, nodes))
    if (isLeafType(type)) return leafOf(type)
    const fieldsOf = planSelection(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))
    const fill = isAbstractType(type) ? fillAny(type, fieldsOf) : fillOne(type as GraphQLObjectType, fieldsOf)
    return (execution, field, value) => {
      const into = {}
      fill(execution, field, value, into)
      return into
    }
  }

  function fillOne(type: GraphQLObjectType, fieldsOf: FieldsOf): Fill {
    const fill: Fill = (execution, field, value, into) => execution.fill(fieldsOf(type, field), value, into)
    if (typeof type.isTypeOf !== 'function') return fill
    const isTypeOf = type.isTypeOf.bind(type)
    return (execution, field, value, into) => {
      const go = (is: boolean) => {
        if (!is) throw new Error(`${field.name} is no ${type.name}`)
        fill(execution, field, value, into)
      }
      const is = isTypeOf(value, execution.context, execution.infoOf(field))
      if (typeof is === 'boolean') go(is)
      else execution.later(is, go)
    }
  }

  function fillAny(type: GraphQLAbstractType, fieldsOf: FieldsOf): Fill {
    const fills = new Map<string | undefined, Fill>()
    function fillOf(name: string | undefined): Fill {
      let fill = fills.get(name)
      if (fill === undefined) {
        const found = name === undefined ? undefined : schema.getType(name)
        if (!isObjectType(found) || !schema.isSubType(type, found)) throw new Error(`${name} is no ${type.name}`)
        fills.set(name, (fill = fillOne(found, fieldsOf)))
      }
      return fill
    }
    const resolveType = type.resolveType?.bind(type) ?? defaultTypeResolver
    return (execution, field, value, into) => {
      const name = resolveType(value, execution.context, execution.infoOf(field), type)
      if (typeof name !== 'object') fillOf(name)(execution, field, value, into)
      else execution.later(name, (known) => fillOf(known)(execution, field, value, into))
    }
  }

  return planSelection([operation.selectionSet])(schema.getQueryType()!, null)
}

function leafOf(type: GraphQLLeafType): Completion['complete'] {
  // As they are, nearly always.
  const isText = type === GraphQLString || type === GraphQLID
  return (_execution, _field, value) => {
    if (isText && typeof value === 'string') return value
    const answered = type.coerceOutputValue(value)
    if (answered === null || answered === undefined) throw new Error(`${type.name} cannot be ${String(value)}`)
    return answered
  }
}

function listOf(completion: Completion): Completion['complete'] {
  return (execution, field, value) => {
    if (!isIterable(value)) throw new Error(`${field.name} is no list`)
    const items = Array.isArray(value) ? (value as readonly unknown[]) : Array.from(value)
    const into: unknown[] = []
    for (const [place, item] of items.entries()) execution.put(field, completion, item, into, place)
    return into
  }
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value
