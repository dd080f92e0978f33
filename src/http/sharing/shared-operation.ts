import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'
import type { Delivery, Feed, Lease } from '../../changes/feed.ts'

/** Where an operation has its changes from: the feed, or what stands for it. */
export type Source = Pick<Feed, 'subscribe'>

export type Results = AsyncIterable<ExecutionResult>

/** A subscription that others may have too. */
export interface SharedOperation {
  /** The same for those that are told the same of the same change. */
  readonly key: string
  readonly viewer: Viewer
  /** Executes it: gives its results, or why there are none. */
  begin(viewer: Viewer, source: Source, open: () => Lease): Promise<ExecutionResult | Results>
}

/** The feed for whoever was up to date at a position. `onDelivery` hears of each delivery when it is taken. */
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
