import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Queryable } from '../db/database.ts'
import { createDatabaseGauges } from './database-gauges.ts'
import { createEventMetrics, type EventMetrics } from './event-metrics.ts'
import { createInstanceGauges, type InstanceState } from './instance-gauges.ts'
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts'
import { createWorkosMetrics, type WorkosMetrics } from './workos-metrics.ts'

export interface MetricsOptions {
  readonly db: Queryable
  /** The current state of this process; read on scrape. */
  readonly instance: InstanceState
  /** The position of the change log after which changes are counted. */
  readonly changesAfter: number
}

/** What is counted where it happens and read at /metrics. Callers get a function and know nothing of this. */
export interface Metrics {
  readonly events: EventMetrics
  readonly workos: WorkosMetrics
  readonly requests: RequestMetrics
  /** Returns everything, in Prometheus's text format. Throws database errors. */
  readonly scrape: () => Promise<Scrape>
}

interface Scrape {
  readonly text: string
  readonly contentType: string
}

/** Registers all metrics with Prometheus's client. */
export function registerMetrics({ db, instance, changesAfter }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  createInstanceGauges(registry, instance)
  const database = createDatabaseGauges(registry, db, changesAfter)
  let reading: Promise<string> | null = null

  async function read(): Promise<string> {
    await database.refresh()
    return registry.metrics()
  }

  return {
    events: createEventMetrics(registry),
    workos: createWorkosMetrics(registry),
    requests: createRequestMetrics(registry),
    // Concurrent scrapes share one result: the database is read once at a time.
    async scrape() {
      reading ??= read().finally(() => {
        reading = null
      })
      return { text: await reading, contentType: registry.contentType }
    },
  }
}
