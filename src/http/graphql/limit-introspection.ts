import { Kind, type FieldNode, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'

/** No tool selects half as many: GraphiQL's query has about 250. */
const MAX_FIELDS = 500
const MAX_TYPES = 10

/**
 * Law 10, for introspection, which has no cost: aliases would repeat the whole schema as often as they fit into a
 * document. GraphQL's own rule limits only how deep lists are nested.
 */
export const limitIntrospection: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(introspectionIsBounded)
  },
}

const introspectionIsBounded: ValidationRule = (context) => ({
  OperationDefinition({ selectionSet }) {
    const fault = faultOf(context, selectionSet)
    if (fault !== null) context.reportError(coded('TOO_COMPLEX', fault))
  },
})

function faultOf(context: ValidationContext, selectionSet: SelectionSetNode): string | null {
  const root = [...fieldsIn(context, [selectionSet])]
  const asked = root.filter(([, [field]]) => field.name.value === '__schema' || field.name.value === '__type')
  const types = asked.filter(([, [field]]) => field.name.value === '__type')
  if (types.length > MAX_TYPES)
    return `An operation may select __type at most ${MAX_TYPES} times. Select __schema once, or send several requests`
  const schemas = asked.filter((one) => !types.includes(one))
  if (schemas.length > 1) return twice('__schema', schemas[0]![0], schemas[1]![0])

  // With a list instead of recursion, since fragments may nest without end until another rule refuses them.
  const waiting = asked.map(([, nodes]) => nodes)
  let count = waiting.length
  for (let nodes = waiting.pop(); nodes !== undefined; nodes = waiting.pop()) {
    const selected = new Map<string, string>()
    for (const [key, same] of fieldsIn(context, nodes.flatMap(selectionSetOf))) {
      const name = same[0].name.value
      const other = selected.get(name)
      if (other !== undefined) return twice(name, other, key)
      if ((count += 1) > MAX_FIELDS)
        return `Introspection may select at most ${MAX_FIELDS} fields, counting a fragment at each spread. Select fewer`
      selected.set(name, key)
      waiting.push(same)
    }
  }
  return null
}

const twice = (name: string, one: string, other: string): string =>
  `Introspection may select ${name} only once in the same place, not as ${one} and as ${other}. Remove one of them`

const selectionSetOf = ({ selectionSet }: FieldNode): readonly SelectionSetNode[] =>
  selectionSet === undefined ? [] : [selectionSet]

type SameFields = [FieldNode, ...FieldNode[]]

/** Returns the fields by response key, as they are merged in execution. All of introspection's types are objects. */
function fieldsIn(context: ValidationContext, selectionSets: readonly SelectionSetNode[]): Map<string, SameFields> {
  const fields = new Map<string, SameFields>()
  const spread = new Set<string>()
  const rest = selectionSets.toReversed()
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        const same = fields.get(key)
        if (same === undefined) fields.set(key, [selection])
        else same.push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) rest.push(selection.selectionSet)
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = context.getFragment(selection.name.value)
        if (fragment != null) rest.push(fragment.selectionSet)
      }
    }
  }
  return fields
}
