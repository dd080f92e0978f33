import { Kind, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'

interface Asked {
  readonly query: string
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/**
 * Equal for subscriptions whose viewers get the same result for the same change (law 8): covers the document, the
 * operation, the variables, and everything about a viewer that a result may depend on. Where each begins does not
 * matter.
 */
export function sharingKey({ query, document, operation, operationName, variables }: Asked, viewer: Viewer): string {
  const { kind, organizationId, scopes } = viewer
  const start = startVariable(document, operation)
  const counting = Object.entries(variables ?? {}).filter(([name]) => name !== start)
  return JSON.stringify([query, operationName ?? null, counting, kind, organizationId, scopes.toSorted()])
}

/** Returns the variable that is used only as the cursor to begin after. */
function startVariable(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string | null {
  const [field] = selectionSet.selections
  if (field?.kind !== Kind.FIELD || field.name.value !== 'changes') return null
  const value = field.arguments?.find(({ name }) => name.value === 'after')?.value
  if (value?.kind !== Kind.VARIABLE) return null
  const start = value.name.value
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === start) uses += 1
    },
  })
  return uses === 1 ? start : null
}
