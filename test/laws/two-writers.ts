// The real entry point, twice: two instances, each with a pool, a receiver and a worker, on one database.
import { EventEmitter, once } from 'node:events'
import { beforeAll } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import type { GuardRule } from '../../src/guard/threshold.ts'
import { createReceiver } from '../../src/inbox/receive.ts'
import { startWorker } from '../../src/inbox/worker.ts'
import { createTestDatabase } from '../support/database.ts'

export interface TwoWriters {
  /** Delivers bodies concurrently, to one or the other instance. */
  deliver(instance: number, bodies: readonly string[]): Promise<void>
  /** Signals to both that something may be due. */
  nudge(): void
  /** Resolves when nothing is left to apply. */
  settled(): Promise<void>
  close(): Promise<void>
}

export type Pools = readonly [Database, Database]

export function openPools(connectionString: string): Pools {
  const open = () => openDatabase({ connectionString, size: 5, onIdleError: () => {} })
  return [open(), open()]
}

/** For the tests of a file: two pools on a database of its own, there from the first test to the last. */
export function usePools(): Pools {
  const pools: Database[] = []
  beforeAll(async () => {
    const { connectionString, drop } = await createTestDatabase()
    pools.push(...openPools(connectionString))
    return async () => {
      await Promise.all(pools.map((pool) => pool.close()))
      await drop()
    }
  })
  return pools as readonly Database[] as Pools
}

/** `onFailure` is called with every failed apply: no history here has a reason for one. */
export function startTwoWriters(
  pools: Pools,
  batchSizes: readonly [number, number],
  onFailure: (error: string) => void,
  guard: GuardRule = { minimum: 20, percent: 20, windowMs: 600_000 },
): TwoWriters {
  const news = new EventEmitter()
  const instances = pools.map((db, index) => {
    const worker = startWorker({
      db,
      now: () => new Date(),
      complete: () => Promise.resolve('gone'),
      log: { applied: () => news.emit('applied'), failed: (_id, error) => onFailure(error) },
      guard,
      batchSize: batchSizes[index]!,
      concurrency: 2,
    })
    const receiver = createReceiver(db.pool, { source: 'WEBHOOK', now: () => new Date(), onStored: worker.nudge })
    return { worker, receiver }
  })
  return {
    async deliver(instance, bodies) {
      const { receiver } = instances[instance % 2]!
      await Promise.all(bodies.map((body) => receiver.receive(Buffer.from(body))))
    },
    nudge() {
      for (const { worker } of instances) worker.nudge()
    },
    async settled() {
      while ((await pools[0].pool.query<{ busy: boolean }>(BUSY)).rows[0]!.busy) {
        // A cascade does not report itself, hence the timer.
        await once(news, 'applied', { signal: AbortSignal.timeout(5) }).catch(() => {})
      }
    },
    async close() {
      await Promise.all(instances.map(({ worker }) => worker.close()))
    },
  }
}

const BUSY = `
  select exists (select from inbox_event where status = 'PENDING')
      or exists (select from directory where cascade_after is not null)
      or exists (select from directory_group where cascading) as busy`
