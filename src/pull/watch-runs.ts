import type { Bell } from '../changes/bell.ts'
import type { Database } from '../db/database.ts'
import type { SyncRun } from './run-context.ts'

/** Runs that somebody watches, read once per instance however many watch, and only while somebody does. */
export interface RunWatch {
  /** Calls `tell` soon, and whenever the run may have changed; with null where there is no such run. */
  follow(runId: string, tell: (run: SyncRun | null) => void): { close(): void }
  close(): void
}

export interface RunWatchOptions {
  readonly db: Database
  readonly bell: Bell
  readonly onError: (error: unknown) => void
}

export function createRunWatch({ db, bell, onError }: RunWatchOptions): RunWatch {
  const followers = new Map<string, Set<(run: SyncRun | null) => void>>()
  let reading: Promise<void> | null = null
  let again = false

  const ringing = bell.listen(() => {
    if (followers.size > 0) read()
  })

  // One read at a time. A ring during a read may be for something that the read did not see: read again.
  function read(): void {
    again = true
    reading ??= readAll()
      .catch(onError) // the next ring tries again
      .finally(() => {
        reading = null
      })
  }

  async function readAll(): Promise<void> {
    while (again) {
      again = false
      const ids = [...followers.keys()]
      const runs = await db.prisma.syncRun.findMany({ where: { id: { in: ids } } })
      const found = new Map(runs.map((run) => [run.id, run]))
      for (const id of ids) for (const tell of followers.get(id) ?? []) tell(found.get(id) ?? null)
    }
  }

  return {
    follow(runId, tell) {
      const ofRun = followers.get(runId) ?? new Set()
      followers.set(runId, ofRun.add(tell))
      read()
      return {
        close() {
          ofRun.delete(tell)
          if (ofRun.size === 0 && followers.get(runId) === ofRun) followers.delete(runId)
        },
      }
    },
    close() {
      ringing.close()
      followers.clear()
    },
  }
}
