export interface Shutdown {
  /** Aborted when the shutdown begins. */
  readonly signal: AbortSignal
  /** Adds a step. Steps run in reverse order. */
  add(step: () => void | Promise<void>): void
  /** Runs all steps one after the other, even if one fails, then throws the first failure. Runs once. */
  readonly run: () => Promise<void>
}

export function createShutdown(): Shutdown {
  const steps: (() => void | Promise<void>)[] = []
  const begun = new AbortController()
  let running: Promise<void> | null = null

  async function runAll(): Promise<void> {
    begun.abort()
    const failures: unknown[] = []
    for (const step of steps.toReversed()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    signal: begun.signal,
    add: (step) => void steps.push(step),
    run: () => (running ??= runAll()),
  }
}

/**
 * Waits for SIGINT or SIGTERM, runs `close` and ends the process. A second signal ends it at once: the operator is in a
 * hurry.
 */
export function closeOnSignal(close: () => Promise<void>, onError: (error: unknown) => void): void {
  let closing = false
  const handle = (): void => {
    if (closing) process.exit(130)
    closing = true
    void close()
      .catch(onError)
      .finally(() => process.exit())
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
}
