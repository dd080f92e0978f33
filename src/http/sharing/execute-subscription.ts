import type { DocumentNode, ExecutionResult, OperationDefinitionNode } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'
import type { Lease } from '../../changes/lease.ts'
import type { Context } from '../../graphql/context.ts'
import { letGo } from '../graphql/context-of.ts'
import { repeatable, repeatUnavailable } from './repeat-unavailable.ts'
import type { Results, SharedOperation } from './shared-operation.ts'
import { sharingKey } from './sharing-key.ts'
import type { GraphQLServer } from '../graphql/yoga.ts'

export interface Parameters {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
}

/** Wraps a validated subscription, to be executed for its viewer or for all equal ones. */
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
    async begin(viewer, source, open) {
      let lease: Lease | undefined
      const opened = () => (lease = open())
      const feed = repeatable(source)
      const { schema, subscribe, contextFactory } = yoga.getEnveloped({
        viewer,
        open: opened,
        feed: feed.source,
        params,
      })
      const contextValue = (await contextFactory()) as unknown as Context
      const results = (await subscribe({
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue,
      })) as Awaited<ReturnType<SharedOperation['begin']>>
      if (!(Symbol.asyncIterator in results)) return results
      return thenLetGo(
        repeatUnavailable(results, feed, () => lease?.signal),
        contextValue,
      )
    },
  }
}

/**
 * Wraps results so that the context's loaders are cleared at their end; not on an early return, since a result may be
 * in progress. Not a generator, which could not be returned from while it waits.
 */
function thenLetGo(results: Results, context: Context): Results {
  const iterator = results[Symbol.asyncIterator]()
  let isLeft = false
  const same: AsyncIterableIterator<ExecutionResult, unknown> = {
    async next() {
      const result = await iterator.next()
      if (result.done === true && !isLeft) letGo(context)
      return result
    },
    return() {
      isLeft = true
      return iterator.return!()
    },
    [Symbol.asyncIterator]: () => same,
  }
  return same
}
