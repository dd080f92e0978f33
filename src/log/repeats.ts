/**
 * Reports a repeated event only once in a while: returns how often it has happened since it was last reported,
 * including this time, or null if that was just now.
 */
export function createRepeats(everyMs: number, now: () => number = () => performance.now()) {
  const said = new Map<string, { at: number; since: number }>()
  return (what: string): number | null => {
    const at = now()
    const last = said.get(what)
    if (last !== undefined && at - last.at < everyMs) {
      last.since += 1
      return null
    }
    // Messages this frequent come in few variants.
    if (said.size >= MOST) said.clear()
    said.set(what, { at, since: 0 })
    return (last?.since ?? 0) + 1
  }
}

const MOST = 1_000
