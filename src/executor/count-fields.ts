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

/** More than these, in all the ways in which conditions may turn out, take too much memory. */
const MOST_FIELDS = 500

/**
 * How many fields the only query of a valid document has at the most: those of a fragment wherever it is spread, those
 * of an interface for each type that may be there, and all of them in each way in which its conditions may turn out.
 * Null where it is not to be compiled: where these are more than a few hundred, where it asks what the schema is, which
 * may be endless and is not asked often, or where it has directives that are no conditions.
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
  return fields > MOST_FIELDS ? null : fields
}

/** The variables that decide whether something of a document is asked. */
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
    // Names that mean something to an object of JavaScript; and introspection, but for the name of a type.
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

// `times`: how often each type stands there. Stops as soon as there are too many: what is spread in what is spread may
// be more than can be counted.
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
    if (fields > MOST_FIELDS) return fields
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
