import { getOperationAST, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../graphql/context.ts'
import { freshnessOf, type CurrentLags } from '../../graphql/freshness.ts'

/** Adds to each query response how far the mirror lags in the directories whose rows it holds. */
export function addFreshness(lags: CurrentLags): Plugin<Context> {
  return {
    onExecute({ args }) {
      const { concerned } = args.contextValue
      if (concerned === null || !isQuery(args)) return undefined
      return {
        onExecuteDone({ result, setResult }) {
          if (concerned.size === 0 || Symbol.asyncIterator in result || result.data == null) return undefined
          const add = (known: Awaited<ReturnType<CurrentLags>>) => {
            if (known === null) return
            const extensions = { ...result.extensions, freshness: freshnessOf(known, concerned) }
            setResult({ ...(result as ExecutionResult), extensions })
          }
          const known = lags()
          return known instanceof Promise ? known.then(add) : add(known)
        },
      }
    },
    // A subscription keeps reading as long as it lives, and each of its results is itself a change.
    onSubscribe({ args }) {
      args.contextValue.concerned = null
    },
  }
}

function isQuery({ document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>): boolean {
  return getOperationAST(document, operationName)?.operation === 'query'
}
