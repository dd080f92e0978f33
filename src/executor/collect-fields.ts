import {
  isAbstractType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** What is selected in a document once its conditions are known. */
export interface Asked {
  readonly schema: GraphQLSchema
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  /** Whether its conditions exclude a selection. */
  readonly isLeftOut: (selection: SelectionNode) => boolean
}

/** Fields with the same response name, which are executed as one. */
export type SameFields = readonly [FieldNode, ...FieldNode[]]

/**
 * Returns the fields selected on an object, by response name and in response order.
 * https://spec.graphql.org/September2025/#sec-Field-Collection
 */
export function collectFields(
  asked: Asked,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): ReadonlyMap<string, SameFields> {
  const { schema, fragments, isLeftOut } = asked
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>()
  const visited = new Set<string>()

  function isOf(name: string | undefined): boolean {
    if (name === undefined || name === type.name) return true
    const condition = schema.getType(name)
    return isAbstractType(condition) && schema.isSubType(condition, type)
  }

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (isLeftOut(selection)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const same = fields.get(key)
        if (same === undefined) fields.set(key, [selection])
        else same.push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (isOf(selection.typeCondition?.name.value)) collect(selection.selectionSet)
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value)
        const fragment = fragments[selection.name.value]!
        if (isOf(fragment.typeCondition.name.value)) collect(fragment.selectionSet)
      }
    }
  }

  for (const selectionSet of selectionSets) collect(selectionSet)
  return fields
}
