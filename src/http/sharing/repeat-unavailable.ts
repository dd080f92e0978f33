import { setTimeout as delay } from 'node:timers/promises'
import type { ExecutionResult } from 'graphql'
import type { Delivery } from '../../changes/feed.ts'
import { isUnavailable, unavailable } from '../graphql/unavailable.ts'
import type { Results, Source } from './shared-operation.ts'

/** A source that can deliver its last item once more. */
interface Repeatable {
  readonly source: Source
  /** Makes the last item the next one, too; returns false if there is none. */
  readonly repeat: () => boolean
}

export function repeatable(source: Source): Repeatable {
  let last: Delivery | null = null
  let again = false
  return {
    source: {
      async subscribe(filter, after, open) {
        const deliveries = await source.subscribe(filter, after, open)
        const same: AsyncIterableIterator<Delivery> = {
          async next() {
            if (again && last !== null) {
              again = false
              // As another page, so that nothing that the failed attempt has loaded is used again.
              return { done: false, value: { item: last.item, page: [...last.page] } }
            }
            last = null // not kept while nothing comes
            const result = await deliveries.next()
            if (result.done !== true) last = result.value
            return result
          },
          return() {
            last = null
            return deliveries.return!()
          },
          [Symbol.asyncIterator]: () => same,
        }
        return same
      },
    },
    repeat() {
      again = last !== null
      return again
    },
  }
}

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000
/** Half a minute in all. */
const MAX_ATTEMPTS = 18

/**
 * Executes a change again if the database was not available: a result without what the change is about, or without the
 * change, must not be followed by a later one (law 5). Throws if the database stays away, so that the subscriber
 * continues from its last cursor. Not a generator, which could not be returned from while it waits.
 */
export function repeatUnavailable(
  results: Results,
  { repeat }: Pick<Repeatable, 'repeat'>,
  signal: () => AbortSignal | undefined,
): AsyncIterableIterator<ExecutionResult, unknown> {
  const iterator = results[Symbol.asyncIterator]()
  const same: AsyncIterableIterator<ExecutionResult, unknown> = {
    async next() {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const result = await iterator.next()
        if (result.done === true || !isUnavailable(result.value) || !repeat()) return result
        const wait = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)
        await delay(wait, undefined, { signal: signal() }).catch(() => {}) // has ended, as the source will tell
      }
      await iterator.return?.()
      throw unavailable()
    },
    return: () => iterator.return!(),
    [Symbol.asyncIterator]: () => same,
  }
  return same
}
