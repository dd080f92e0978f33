import {
  createSourceEventStream,
  executeSubscriptionEvent,
  getOperationAST,
  Kind,
  mapSourceToResponseEvent,
  validateSubscriptionArgs,
  type ExecutionArgs,
  type OperationDefinitionNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../graphql/context.ts'
import type { Parameters } from './execute-subscription.ts'
import { nobody } from './nobody.ts'
import { sharingKey } from './sharing-key.ts'

/** Fields that show an object as read, with the same reading for all subscribers. */
const OF_READINGS = new Set(['syncRun', 'syncHealth'])

type Result = ReturnType<typeof executeSubscriptionEvent>

/**
 * Executes equal subscriptions to an object once per reading. Each has subscribed individually, so it may see the
 * object.
 */
export function shareReadings(): Plugin<Context & { readonly params: Parameters }> {
  const executed = new WeakMap<object, Map<string, Result>>()

  function once(reading: object, key: string, execute: () => Result): Result {
    const results = executed.get(reading) ?? new Map<string, Result>()
    executed.set(reading, results)
    const result = results.get(key) ?? execute()
    results.set(key, result)
    return result
  }

  return {
    onSubscribe({ args: { document, operationName, contextValue }, setSubscribeFn }) {
      const { params, viewer } = contextValue
      const operation = getOperationAST(document, operationName)
      if (operation == null || !isOfReadings(operation)) return
      const key = sharingKey({ ...params, document, operation }, viewer)
      setSubscribeFn(async (args: ExecutionArgs) => {
        const valid = validateSubscriptionArgs(args)
        if (!('schema' in valid)) return { errors: valid }
        const readings = await createSourceEventStream(valid)
        if (!(Symbol.asyncIterator in readings)) return readings
        return mapSourceToResponseEvent(valid, readings, (event) =>
          once(event.rootValue as object, key, () =>
            executeSubscriptionEvent({ ...event, contextValue: { ...contextValue, viewer: nobody(viewer) } }),
          ),
        )
      })
    },
  }
}

function isOfReadings({ selectionSet }: OperationDefinitionNode): boolean {
  const [field] = selectionSet.selections
  return field?.kind === Kind.FIELD && OF_READINGS.has(field.name.value)
}
