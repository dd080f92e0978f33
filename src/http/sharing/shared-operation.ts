import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'
import type { Delivery, Feed } from '../../changes/feed.ts'
import type { Lease } from '../../changes/lease.ts'

/** The source of an operation's changes: the feed or its replacement. */
export type Source = Pick<Feed, 'subscribe'>

export type Results = AsyncIterable<ExecutionResult>

/** A subscription that may be shared with others. */
export interface SharedOperation {
  /** Equal for subscriptions that get the same result for the same change. */
  readonly key: string
  readonly viewer: Viewer
  /** Executes it; resolves to its results, or to the errors if there are none. */
  begin(viewer: Viewer, source: Source, open: () => Lease): Promise<ExecutionResult | Results>
}

/**
 * Returns the feed for a subscriber that was up to date at a position. `onDelivery` is called with each delivery as it
 * is taken.
 */
export function resumed(feed: Feed, position: number, onDelivery: (delivery: Delivery) => void = () => {}): Source {
  return {
    subscribe: async (filter, _after, open) => {
      const deliveries = feed.resume(filter, position, open)
      const heard: AsyncIterableIterator<Delivery> = {
        async next() {
          const result = await deliveries.next()
          if (result.done !== true) onDelivery(result.value)
          return result
        },
        return: () => deliveries.return!(),
        [Symbol.asyncIterator]: () => heard,
      }
      return heard
    },
  }
}
