import { Repeater } from '@repeaterjs/repeater'
import { errorOf, type Lease } from './lease.ts'
import type { Watch } from './watch.ts'

interface FollowOptions<Value> {
  readonly watch: Watch<Value>
  readonly id: string
  /** What a subscriber can see of it: other changes are not sent. */
  readonly shown: (value: Value) => unknown
  /** Whether nothing comes after it. */
  readonly isLast: (value: Value) => boolean
  readonly open: () => Lease
}

/**
 * Yields an object as it is, then each time it changes, until nothing follows. Only the newest state waits for a slow
 * subscriber. Opens a lease when the subscriber begins to take, and ends with it.
 */
export function follow<Value>(options: FollowOptions<Value>): AsyncIterableIterator<Value> {
  const { watch, id, shown, isLast, open } = options
  return new Repeater<Value>(async (push, stop) => {
    let news: { readonly value: Value | null } | null = null
    let wake = () => {}
    let stopped = false
    const lease = open()
    const { signal } = lease
    const end = () => stop(errorOf(signal))
    signal.addEventListener('abort', end)
    const following = watch.follow(id, (value) => {
      news = { value }
      wake()
    })
    void stop.then(() => {
      stopped = true
      signal.removeEventListener('abort', end)
      following.close()
      lease.close()
      wake()
    })
    if (signal.aborted) end()

    const take = () => {
      const taken = news
      news = null
      return taken
    }
    let told: string | null = null
    while (!stopped) {
      const ring = new Promise<void>((resolve) => {
        wake = resolve
      })
      const taken = take()
      if (taken === null) {
        await ring
        continue
      }
      const { value } = taken
      if (value === null) {
        stop()
        continue
      }
      const seen = JSON.stringify(shown(value))
      if (seen !== told) {
        told = seen
        await push(value)
      }
      if (isLast(value)) stop()
    }
  })
}
