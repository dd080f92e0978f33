/** Runs tasks that wait for WorkOS, a few at a time. */
export interface Completer {
  /** How many more tasks may be added now. */
  room(): number
  /** How many tasks are under way or waiting. */
  count(): number
  /** Runs the task when its turn comes; not at all if the completer was closed before. */
  add(task: () => Promise<void>): void
  /** Resolves when no task is under way or waiting. */
  idle(): Promise<void>
  /** Drops waiting tasks, and resolves when none is under way. */
  close(): Promise<void>
}

const CONCURRENCY = 8
/** Few enough that each has its turn before its event's lease is over, however slow WorkOS is. */
const CAPACITY = 24

export function createCompleter({ onError }: { readonly onError: (error: unknown) => void }): Completer {
  const waiting: (() => Promise<void>)[] = []
  const underWay = new Set<Promise<void>>()

  function next(): void {
    while (underWay.size < CONCURRENCY && waiting.length > 0) {
      const running = waiting.shift()!()
        .catch(onError)
        .finally(() => {
          underWay.delete(running)
          next()
        })
      underWay.add(running)
    }
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.race(underWay)
  }

  const count = () => waiting.length + underWay.size
  return {
    room: () => Math.max(0, CAPACITY - count()),
    count,
    add(task) {
      waiting.push(task)
      next()
    },
    idle,
    close() {
      waiting.length = 0
      return idle()
    },
  }
}
