import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'

type Fragments = GraphQLResolveInfo['fragments']

/** What is selected on a page of a connection, including fields that a directive skips. */
export interface AskedOfPage {
  /** The names of the fields selected on its entries. */
  readonly entries: ReadonlySet<string>
  /** Whether any cursor is selected. */
  readonly cursors: boolean
}

// Keyed by field node: documents are cached across requests.
const known = new WeakMap<FieldNode, AskedOfPage>()

export function askedOfPage({ fieldNodes, fragments }: GraphQLResolveInfo): AskedOfPage {
  const field = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const before = field && known.get(field)
  if (before !== undefined) return before
  const asked = workOut(fieldsOf(fieldNodes, fragments), fragments)
  if (field !== undefined) known.set(field, asked)
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

/** Returns the fields selected on the results of some fields. */
export const fieldsOf = (fields: readonly FieldNode[], fragments: Fragments): FieldNode[] =>
  fields.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : fieldsIn(selectionSet, fragments)))

function fieldsIn({ selections }: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value]
    return fragment === undefined ? [] : fieldsIn(fragment.selectionSet, fragments)
  })
}
