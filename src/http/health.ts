import type { ServerResponse } from 'node:http'
import type { Database } from '../db/database.ts'
import { isMigrated } from '../db/migrate.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Worker } from '../inbox/worker.ts'
import { respond } from './respond.ts'

interface HealthOptions {
  readonly db: Database
  readonly worker: Pick<Worker, 'lastBeat'>
  readonly now: () => Date
  readonly closing: AbortSignal
}

const STUCK_AFTER_MS = 30_000
const PATIENCE_MS = 2_000
/** Deadlines and signatures go by this machine's clock, and what WorkOS and other instances did by others. */
const MAX_SKEW_MS = 60_000
// Read-only: a standby after a failover, and possibly a role.
const STATE = `select current_setting('transaction_read_only') = 'on' as "isReadOnly", now() as now`

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
      const state = await db.pool.query<{ isReadOnly: boolean; now: Date }>(STATE)
      const { isReadOnly, now: databaseNow } = onlyRow(state)
      if (isReadOnly) return { database: 'is read-only' }
      const skew = now().getTime() - databaseNow.getTime()
      if (Math.abs(skew) > MAX_SKEW_MS)
        return { clock: `is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} the database's` }
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
