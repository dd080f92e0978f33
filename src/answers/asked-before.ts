import { hash } from 'node:crypto'

/** Whether a question was asked before, as far as is remembered. It is remembered now. */
export type AskedBefore = (key: string) => boolean

/**
 * Remembers between `most` and twice as many questions, by hashes. Most questions are asked once: what is kept of them
 * would only take the place of what is asked again.
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
