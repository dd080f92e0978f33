import { describeDatabaseError } from '../db/errors.ts'
import { BatchError } from './apply-batch.ts'
import { applyDue, applyTold, type ApplyContext } from './apply-due.ts'
import { createCompleter } from './completer.ts'
import { createNamedDirectories } from './named-directories.ts'
import { createTurns, type Turn } from './turns.ts'

interface WorkerOptions extends Omit<ApplyContext, 'stopped' | 'batchSize' | 'completer'> {
  /** How many transactions this instance has under way at once. */
  readonly concurrency?: number
  /** The most events in one transaction. */
  readonly batchSize?: number
  /** How long to sleep when nothing is due and no ring comes: the delay that a lost ring can cause. */
  readonly pollMs?: number
}

export interface Worker {
  /** Signals that something may be due, in these directories or anywhere. */
  readonly nudge: (directoryIds?: readonly string[]) => void
  /** When a loop last began a round: if that is long ago, the worker is stuck. */
  lastBeat(): Date
  /** How many events wait for WorkOS to complete them. */
  completing(): number
  /** Finishes the transactions under way, and begins no others. */
  close(): Promise<void>
}

/** Applies what is due in the inbox until it is closed. Any number of workers, of any number of instances, share it. */
export function startWorker({ concurrency = 4, batchSize = 500, pollMs = 1_000, ...rest }: WorkerOptions): Worker {
  const sleepers = new Set<() => void>()
  let rings = 0
  let beat = rest.now()
  let stopped = false
  const failed = (error: unknown) =>
    rest.log.failed(null, describeDatabaseError(error instanceof BatchError ? error.cause : error))
  const completer = createCompleter({ onError: failed })
  const context: ApplyContext = { ...rest, batchSize, stopped: () => stopped, completer }

  const turns = createTurns(wakeOne)
  const named = createNamedDirectories()

  function nudge(directoryIds?: readonly string[]): void {
    rings += 1
    if (directoryIds !== undefined) named.add(directoryIds)
    if (!turns.seeTo(directoryIds)) wakeOne()
  }

  // One is enough to look: if it turns out to be busy for long, the next is woken. All of them would look for the same.
  function wakeOne(): void {
    for (const wake of sleepers) return wake()
  }

  // Does not sleep if a ring came after `heard` was read: that ring may be for what came after the inbox was read.
  async function sleep(heard: number): Promise<void> {
    if (rings !== heard || stopped) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, pollMs)
      sleepers.add(wake)
    })
  }

  // Returns null if it has looked and found nothing: only then may it sleep.
  async function round(after: string, turn: Turn): Promise<string | null> {
    const directoryIds = named.take(turn)
    const found = directoryIds.length > 0 && (await applyTold(context, directoryIds, turn))
    return found ? after : applyDue(context, after, turn, named)
  }

  async function loop(): Promise<void> {
    let after = ''
    while (!stopped) {
      beat = rest.now()
      const heard = rings
      const turn = turns.begin()
      try {
        const next = await round(after, turn)
        turn.end()
        after = next ?? after
        if (next === null) await sleep(heard)
      } catch (error) {
        turn.end()
        // The database is unavailable, or something unforeseen happened. The events are as they were: try again later.
        failed(error)
        // What came meanwhile was left to this loop.
        if (rings !== heard) wakeOne()
        await sleep(rings)
      }
    }
  }

  const loops = Array.from({ length: concurrency }, loop)
  return {
    nudge,
    lastBeat: () => beat,
    completing: () => completer.count(),
    async close() {
      stopped = true
      for (const wake of sleepers) wake()
      await Promise.all(loops)
      await completer.close()
    },
  }
}
