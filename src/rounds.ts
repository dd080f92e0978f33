interface RoundsOptions {
  /** Between the end of one round and the beginning of the next; 0: never, nudged or not. */
  readonly intervalMs: number
  /** Before the first round, unless nudged. Default: at once. */
  readonly delayMs?: number
  /** A nudge brings the next round forward, but not closer to the last than this. Default: at once. */
  readonly closestMs?: number
  /** The minimum pause, nudged or not, after a round that threw this error. Default: no longer than otherwise. */
  readonly restAfter?: (error: unknown) => number
  /** Aborted when the server shuts down: what a round throws from then on is not reported as a failure. */
  readonly closing: AbortSignal
  /** Must end early, without throwing, once `stopped`. */
  readonly round: (stopped: () => boolean) => Promise<void>
  /** Called with what a round threw. The next round comes all the same. */
  readonly onError: (error: unknown) => void
}

export interface Rounds {
  /** Signals that there may be something to do. */
  readonly nudge: () => void
  /** Waits for the round that is under way. */
  close(): Promise<void>
}

/** Runs `round` again and again, one at a time. */
export function createRounds({
  intervalMs,
  delayMs = 0,
  closestMs = 0,
  restAfter = () => 0,
  closing,
  round,
  onError,
}: RoundsOptions): Rounds {
  let ended = intervalMs === 0
  const stopped = () => ended || closing.aborted
  let nudged = false
  let wake = () => {}

  async function pause(untilMs: () => number): Promise<void> {
    const from = performance.now()
    while (!stopped()) {
      const rest = untilMs() - (performance.now() - from)
      if (rest <= 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async function loop(): Promise<void> {
    if (delayMs > 0) await pause(() => (nudged ? 0 : delayMs))
    while (!stopped()) {
      // Before the round: a nudge during it may be for something that it no longer sees.
      nudged = false
      let leastMs = 0
      try {
        await round(stopped)
      } catch (error) {
        leastMs = restAfter(error)
        if (!stopped()) onError(error)
      }
      await pause(() => Math.max(nudged ? closestMs : intervalMs, leastMs))
    }
  }

  const running = loop()
  return {
    nudge() {
      nudged = true
      wake()
    },
    async close() {
      ended = true
      wake()
      await running
    },
  }
}
