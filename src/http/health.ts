import type { ServerResponse } from 'node:http'
import type { Database } from '../db/database.ts'
import { isMigrated } from '../db/migrate.ts'
import type { Worker } from '../inbox/worker.ts'
import { respond } from './respond.ts'

export interface HealthOptions {
  readonly db: Database
  readonly worker: Pick<Worker, 'lastBeat'>
  readonly now: () => Date
  readonly closing: AbortSignal
}

const STUCK_AFTER_MS = 30_000
const PATIENCE_MS = 2_000
// True for a standby after a failover, and possibly for a role.
const READ_ONLY = `select current_setting('transaction_read_only') = 'on' as "isReadOnly"`

/** `/health/live`: the process responds. `/health/ready`: it can do its work; otherwise 503 with what is wrong. */
export function createHealth({ db, worker, now, closing }: HealthOptions) {
  async function problems(): Promise<Record<string, string>> {
    const database = await Promise.race([checkDatabase(), timeout()])
    const beat = now().getTime() - worker.lastBeat().getTime()
    return {
      ...database,
      ...(beat > STUCK_AFTER_MS && { worker: `has not reported for ${Math.round(beat / 1000)} s` }),
      ...(closing.aborted && { server: 'is shutting down' }),
    }
  }

  async function checkDatabase(): Promise<Record<string, string>> {
    try {
      const { rows } = await db.pool.query<{ isReadOnly: boolean }>(READ_ONLY)
      if (rows[0]!.isReadOnly) return { database: 'is read-only' }
      return (await isMigrated(db.pool)) ? {} : { migrations: 'are not all applied' }
    } catch {
      return { database: 'does not respond' } // the pool's listener and the worker log why
    }
  }

  return {
    live(response: ServerResponse): void {
      respond(response, 200, { status: 'live' })
    },
    async ready(response: ServerResponse): Promise<void> {
      const wrong = await problems()
      const ready = Object.keys(wrong).length === 0
      respond(response, ready ? 200 : 503, ready ? { status: 'ready' } : { status: 'not ready', problems: wrong })
    },
  }
}

function timeout(): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ database: `has not responded for ${PATIENCE_MS} ms` }), PATIENCE_MS).unref()
  })
}
