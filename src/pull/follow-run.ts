import { Repeater } from '@repeaterjs/repeater'
import type { Lease } from '../changes/feed.ts'
import type { SyncRun } from './run-context.ts'
import type { RunWatch } from './watch-runs.ts'

/**
 * A run as it is, then each time that it changes, until it has ended. Only the newest state waits for a slow subscriber.
 * Opens a lease when the subscriber begins to take, and ends with it.
 */
export function followRun(watch: RunWatch, runId: string, open: () => Lease): AsyncIterableIterator<SyncRun> {
  return new Repeater<SyncRun>(async (push, stop) => {
    let news: { readonly run: SyncRun | null } | null = null
    let wake = () => {}
    let stopped = false
    const lease = open()
    const { signal } = lease
    const end = () =>
      stop(signal.reason instanceof Error && signal.reason.name !== 'AbortError' ? signal.reason : undefined)
    signal.addEventListener('abort', end)
    const following = watch.follow(runId, (run) => {
      news = { run }
      wake()
    })
    void stop.then(() => {
      stopped = true
      signal.removeEventListener('abort', end)
      following.close()
      lease.close()
      wake()
    })
    if (signal.aborted) end()

    const take = () => {
      const taken = news
      news = null
      return taken
    }
    let told = ''
    while (!stopped) {
      const ring = new Promise<void>((resolve) => {
        wake = resolve
      })
      const taken = take()
      if (taken === null) {
        await ring
        continue
      }
      const { run } = taken
      const shown = run === null ? told : JSON.stringify(SHOWN.map((field) => run[field]))
      if (run !== null && shown !== told) {
        told = shown
        await push(run)
      }
      if (run === null || run.finishedAt !== null) stop()
    }
  })
}

/** What a subscriber can see of a run: other columns change without it. */
const SHOWN = [
  'state',
  'usersSeen',
  'groupsSeen',
  'membershipsSeen',
  'created',
  'updated',
  'removed',
  'unchanged',
  'held',
  'expected',
  'approvedBy',
  'error',
  'startedAt',
  'finishedAt',
] as const satisfies readonly (keyof SyncRun)[]
