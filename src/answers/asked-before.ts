import { hash } from 'node:crypto'

/** Returns whether a request was seen before, as far as remembered, and remembers it. */
type AskedBefore = (key: string) => boolean

/**
 * Remembers between `most` and twice as many requests, by hash. Most requests occur only once; caching them would
 * displace those that are repeated.
 */
export function createAskedBefore(most: number): AskedBefore {
  let newer = new Set<string>()
  let older = new Set<string>()
  return (key) => {
    const name = hash('sha1', key, 'base64')
    if (newer.has(name)) return true
    const is = older.has(name)
    if (newer.size >= most) [newer, older] = [new Set(), newer]
    newer.add(name)
    return is
  }
}
