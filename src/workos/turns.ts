import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Lets callers with the same key through so many times a second, in the order of their calls; 0: without limit. Only
 * one instance works on a directory at a time, so what is counted here is all there is.
 */
export function createTurns(perSecond: number, closing: AbortSignal): (key: string) => Promise<void> {
  if (perSecond === 0) return () => Promise.resolve()
  const spacing = 1000 / perSecond
  const next = new Map<string, number>()
  return async (key) => {
    const now = performance.now()
    for (const [other, at] of next) if (at < now) next.delete(other)
    const turn = Math.max(now, next.get(key) ?? 0)
    next.set(key, turn + spacing)
    if (turn > now) await sleep(turn - now, undefined, { signal: closing })
  }
}
