import type { Bell } from './bell.ts'

/** Things that somebody watches, read once per instance however many watch, and only while somebody does. */
export interface Watch<Value> {
  /** Calls `tell` soon, and whenever the thing may have changed; with null where there is no such thing. */
  follow(id: string, tell: (value: Value | null) => void): { close(): void }
  close(): void
}

export interface WatchOptions<Value> {
  readonly bell: Bell
  /** Reads all of them together; what is not there is left out. */
  readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>
  readonly onError: (error: unknown) => void
}

export function createWatch<Value>({ bell, read, onError }: WatchOptions<Value>): Watch<Value> {
  const followers = new Map<string, Set<(value: Value | null) => void>>()
  let reading: Promise<void> | null = null
  let again = false

  const ringing = bell.listen(() => {
    if (followers.size > 0) look()
  })

  // One read at a time. A ring during a read may be for something that the read did not see: read again.
  function look(): void {
    again = true
    reading ??= readAll()
      .catch(onError) // the next ring tries again
      .finally(() => {
        reading = null
      })
  }

  async function readAll(): Promise<void> {
    while (again) {
      again = false
      const ids = [...followers.keys()]
      const found = await read(ids)
      for (const id of ids) for (const tell of followers.get(id) ?? []) tell(found.get(id) ?? null)
    }
  }

  return {
    follow(id, tell) {
      const ofOne = followers.get(id) ?? new Set()
      followers.set(id, ofOne.add(tell))
      look()
      return {
        close() {
          ofOne.delete(tell)
          if (ofOne.size === 0 && followers.get(id) === ofOne) followers.delete(id)
        },
      }
    },
    close() {
      ringing.close()
      followers.clear()
    },
  }
}
