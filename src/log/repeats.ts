/**
 * What happens again and again is said once in a while: gives how often it has happened since it was said last, this
 * time among them, or null where it was said just now.
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
    // Whatever can be said so often is said in few ways.
    if (said.size >= MOST) said.clear()
    said.set(what, { at, since: 0 })
    return (last?.since ?? 0) + 1
  }
}

const MOST = 1_000
