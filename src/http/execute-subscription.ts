import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { SharedOperation } from './shared-operation.ts'
import { sharingKey } from './sharing-key.ts'
import type { GraphQLServer } from './yoga.ts'

export interface Parameters {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
}

/** A subscription that was found valid, to be executed for its viewer or for all who have the same. */
export function executeSubscription(
  yoga: GraphQLServer,
  viewer: Viewer,
  params: Parameters,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): SharedOperation {
  const { operationName, variables } = params
  return {
    key: sharingKey({ ...params, document, operation }, viewer),
    viewer,
    async begin(viewer, feed, open) {
      const { schema, subscribe, contextFactory } = yoga.getEnveloped({ viewer, open, feed, params })
      const contextValue = await contextFactory()
      return (await subscribe({
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue,
      })) as Awaited<ReturnType<SharedOperation['begin']>>
    },
  }
}
