import { Kind, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'

export interface Asked {
  readonly query: string
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/**
 * The same for subscriptions that tell their viewers the same of the same change (law 8): the document, the operation,
 * the variables, and all of a viewer that an answer may depend on. Where each begins does not count.
 */
export function sharingKey({ query, document, operation, operationName, variables }: Asked, viewer: Viewer): string {
  const { kind, organizationId, scopes } = viewer
  const start = startVariable(document, operation)
  const counting = Object.entries(variables ?? {}).filter(([name]) => name !== start)
  return JSON.stringify([query, operationName ?? null, counting, kind, organizationId, scopes.toSorted()])
}

/** The variable that says after which change it begins, and nothing else. */
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
