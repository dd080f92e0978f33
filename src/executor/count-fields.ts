import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

/** More fields than this, over all outcomes of the conditions, take too much memory. */
const MAX_FIELDS = 500

/**
 * Returns the largest number of fields that the only query of a valid document may have: those of a fragment wherever
 * it is spread, those of an interface for each possible type, and all of them for each outcome of the conditions. Null
 * if it should not be compiled: if there are more than a few hundred, if it uses introspection, which may be endless
 * and is rare, or if it has directives other than conditions.
 */
export function countFields(schema: GraphQLSchema, document: DocumentNode): number | null {
  const { definitions } = document
  const operations = definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one] : []))
  const [query] = operations
  if (operations.length !== 1 || query?.operation !== 'query' || !isPlain(document)) return null
  const fragments = new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  )
  const ways = 2 ** conditionNames(document).length
  const fields = count({ schema, fragments }, query.selectionSet, schema.getQueryType()!, ways, 0)
  return fields > MAX_FIELDS ? null : fields
}

/** Returns the variables that decide whether parts of a document are selected. */
export function conditionNames(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive({ arguments: given }) {
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function isPlain(document: DocumentNode): boolean {
  let is = true
  visit(document, {
    Directive: (directive) => void (is &&= isCondition(directive)),
    // Excludes names with a meaning on JavaScript objects, and introspection except `__typename`.
    Field: ({ alias, name }) =>
      void (is &&=
        alias?.value.startsWith('__') !== true && (name.value === '__typename' || !name.value.startsWith('__'))),
  })
  return is
}

const isCondition = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include'

interface Counted {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

// `times`: how often each type occurs there. Stops as soon as there are too many, since nested fragment spreads may
// grow exponentially.
function count(
  counted: Counted,
  { selections }: SelectionSetNode,
  type: GraphQLCompositeType,
  times: number,
  before: number,
): number {
  const { schema, fragments } = counted
  const each = times * (isAbstractType(type) ? schema.getPossibleTypes(type).length : 1)
  let fields = before
  for (const selection of selections) {
    if (fields > MAX_FIELDS) return fields
    fields += each
    if (selection.kind === Kind.FIELD) {
      const inside = getNamedType(schema.getField(type, selection.name.value)?.type)
      if (selection.selectionSet !== undefined && isCompositeType(inside))
        fields = count(counted, selection.selectionSet, inside, each, fields)
    } else {
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection
      const inside = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      fields = count(counted, fragment.selectionSet, isCompositeType(inside) ? inside : type, times, fields)
    }
  }
  return fields
}
