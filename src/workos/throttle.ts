import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Lets callers with the same key through `perSecond` times a second, in the order of their calls; 0: without limit.
 * Only one instance works on a directory at a time, so counting here is enough.
 */
export function createThrottle(perSecond: number, closing: AbortSignal): (key: string) => Promise<void> {
  if (perSecond === 0) return () => Promise.resolve()
  const spacing = 1000 / perSecond
  /** When the last caller went, or will. */
  const last = new Map<string, Promise<number>>()
  return async (key) => {
    const before = last.get(key)
    const going = (async () => {
      // From when the last one went, not from when it could have: a late one must not bring the next one closer.
      const rest = before === undefined ? 0 : (await before) + spacing - performance.now()
      if (rest > 0) await sleep(Math.ceil(rest), undefined, { signal: closing })
      return performance.now()
    })()
    last.set(key, going)
    await going
  }
}
