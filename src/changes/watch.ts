import { setTimeout as sleep } from 'node:timers/promises'
import type { Bell } from './bell.ts'
import { coalesced } from './coalesced.ts'

/** Watched objects, read once per instance however many watch them, and only while there are watchers. */
export interface Watch<Value> {
  /** Calls `tell` soon, and whenever the object may have changed; with null if it does not exist. */
  follow(id: string, tell: (value: Value | null) => void): { close(): void }
  close(): void
}

interface WatchOptions<Value> {
  readonly bell: Pick<Bell, 'listen'>
  /** Reads all of them together; missing ones are left out. */
  readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>
  /** Pause between two reads: what happens meanwhile is reported together. For what is expensive to read. */
  readonly restMs?: number
  readonly onError: (error: unknown) => void
}

export function createWatch<Value>({ bell, read, restMs = 0, onError }: WatchOptions<Value>): Watch<Value> {
  const followers = new Map<string, Set<(value: Value | null) => void>>()
  const closing = new AbortController()

  const ringing = bell.listen(() => {
    if (followers.size > 0) void look()
  })

  // A ring during a read may be for something that the read did not see. After an error, the next ring tries again.
  const look = coalesced(async () => {
    if (followers.size === 0) return
    const ids = [...followers.keys()]
    const found = await read(ids)
    for (const id of ids) for (const tell of followers.get(id) ?? []) tell(found.get(id) ?? null)
    if (restMs > 0) await sleep(restMs, undefined, { signal: closing.signal }).catch(() => {}) // aborted: it is over
  }, onError)

  return {
    follow(id, tell) {
      const ofOne = followers.get(id) ?? new Set()
      followers.set(id, ofOne.add(tell))
      void look()
      return {
        close() {
          ofOne.delete(tell)
          if (ofOne.size === 0 && followers.get(id) === ofOne) followers.delete(id)
        },
      }
    },
    close() {
      ringing.close()
      closing.abort()
      followers.clear()
    },
  }
}
