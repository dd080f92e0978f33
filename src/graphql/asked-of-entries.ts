import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'

type Fragments = GraphQLResolveInfo['fragments']

// By the field that asks: documents are kept from one request to the next.
const known = new WeakMap<FieldNode, ReadonlySet<string>>()

/** The names of the fields that are asked of a connection's entries; also of those that a directive skips. */
export function askedOfEntries({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [field] = fieldNodes
  const before = fieldNodes.length === 1 ? known.get(field!) : undefined
  if (before !== undefined) return before
  const names = new Set<string>()
  for (const { name, selectionSet } of fieldsOf(fieldNodes, fragments)) {
    if (selectionSet === undefined) continue
    const entries = name.value === 'edges' ? fieldsIn(selectionSet, fragments).filter(isNode) : []
    for (const asked of name.value === 'nodes' ? fieldsIn(selectionSet, fragments) : fieldsOf(entries, fragments))
      names.add(asked.name.value)
  }
  if (fieldNodes.length === 1) known.set(field!, names)
  return names
}

const isNode = ({ name }: FieldNode) => name.value === 'node'

const fieldsOf = (fields: readonly FieldNode[], fragments: Fragments): FieldNode[] =>
  fields.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : fieldsIn(selectionSet, fragments)))

function fieldsIn({ selections }: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value]
    return fragment === undefined ? [] : fieldsIn(fragment.selectionSet, fragments)
  })
}
