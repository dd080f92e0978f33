import { getOperationAST } from 'graphql'
import type { GraphQLParams, Plugin, YogaInitialContext } from 'graphql-yoga'
import type { Context } from '../../graphql/context.ts'
import { executeSubscription } from './execute-subscription.ts'
import { pullResults } from './pull-results.ts'
import type { Sharing } from './shared-results.ts'
import type { GraphQLServer } from '../graphql/yoga.ts'

/** Executes equal subscriptions over HTTP once per change, together with those on sockets. */
export function shareStreams(
  sharing: Sharing,
  yoga: () => GraphQLServer,
): Plugin<Context & Partial<YogaInitialContext>> {
  return {
    onSubscribe({ args: { document, operationName, contextValue }, setSubscribeFn }) {
      const { request, params, viewer, open } = contextValue
      const operation = getOperationAST(document, operationName)
      // Without a request, it is already an execution started here, for one or for all.
      if (request === undefined || operation == null) return
      const asked = executeSubscription(yoga(), viewer, params as Asked, document, operation)
      setSubscribeFn(() => pullResults((listener) => sharing.subscribe(asked, open, listener)))
    },
  }
}

type Asked = GraphQLParams & { readonly query: string }
