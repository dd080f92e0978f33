import type { ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { outcomeOf, type OnOperation } from './operation-outcome.ts'

/** Reports how each operation over HTTP ended and how long it took; for a subscription, that it began. */
export function measureOperations(onOperation: OnOperation): Plugin {
  const begun = new WeakMap<Request, number>()
  return {
    onRequestParse({ request }) {
      begun.set(request, performance.now())
    },
    onExecutionResult({ request, result }) {
      if (result === undefined || Array.isArray(result)) return // batching is disabled
      if (Symbol.asyncIterator in result) return onOperation('OK', null)
      const began = begun.get(request)
      onOperation(
        outcomeOf((result as ExecutionResult).errors),
        began === undefined ? null : (performance.now() - began) / 1_000,
      )
    },
  }
}
