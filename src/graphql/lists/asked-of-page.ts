import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'

type Fragments = GraphQLResolveInfo['fragments']

/** What is asked of a page of a connection, also what a directive leaves out. */
export interface AskedOfPage {
  /** The names of the fields of its entries. */
  readonly entries: ReadonlySet<string>
  /** Whether it is asked where any of them stands. */
  readonly cursors: boolean
}

// By the field that asks: documents are kept from one request to the next.
const known = new WeakMap<FieldNode, AskedOfPage>()

export function askedOfPage({ fieldNodes, fragments }: GraphQLResolveInfo): AskedOfPage {
  const [field] = fieldNodes
  const before = fieldNodes.length === 1 ? known.get(field!) : undefined
  if (before !== undefined) return before
  const asked = workOut(fieldsOf(fieldNodes, fragments), fragments)
  if (fieldNodes.length === 1) known.set(field!, asked)
  return asked
}

function workOut(fields: readonly FieldNode[], fragments: Fragments): AskedOfPage {
  const inside = (parents: readonly FieldNode[], ...names: string[]) =>
    fieldsOf(
      parents.filter(({ name }) => names.includes(name.value)),
      fragments,
    )
  const edges = inside(fields, 'edges')
  const entries = [...inside(fields, 'nodes'), ...inside(edges, 'node')]
  return {
    entries: new Set(entries.map(({ name }) => name.value)),
    cursors: [...edges, ...inside(fields, 'pageInfo')].some(({ name }) => CURSORS.has(name.value)),
  }
}

const CURSORS = new Set(['cursor', 'startCursor', 'endCursor'])

/** The fields that are asked of what some fields give. */
export const fieldsOf = (fields: readonly FieldNode[], fragments: Fragments): FieldNode[] =>
  fields.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : fieldsIn(selectionSet, fragments)))

function fieldsIn({ selections }: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value]
    return fragment === undefined ? [] : fieldsIn(fragment.selectionSet, fragments)
  })
}
