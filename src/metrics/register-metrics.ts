import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Queryable } from '../db/database.ts'
import { createDatabaseGauges } from './database-gauges.ts'
import { createEventMetrics, type EventMetrics } from './event-metrics.ts'
import { createInstanceGauges, type InstanceState } from './instance-gauges.ts'
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts'
import { createWorkosMetrics, type WorkosMetrics } from './workos-metrics.ts'

export interface MetricsOptions {
  readonly db: Queryable
  /** How things stand in this process; asked when somebody reads. */
  readonly instance: InstanceState
  /** The position of the change log from which on changes are counted. */
  readonly changesAfter: number
}

/**
 * What is counted where it happens, and read at /metrics. Whoever counts is handed a function, and knows nothing of
 * this.
 */
export interface Metrics {
  readonly events: EventMetrics
  readonly workos: WorkosMetrics
  readonly requests: RequestMetrics
  /** Everything, in Prometheus's text format. Throws what the database says. */
  readonly scrape: () => Promise<Scrape>
}

export interface Scrape {
  readonly text: string
  readonly contentType: string
}

/** All that is counted, with Prometheus's client. */
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
    // Whoever asks while somebody is answered gets the same: the database is read once at a time.
    async scrape() {
      reading ??= read().finally(() => {
        reading = null
      })
      return { text: await reading, contentType: registry.contentType }
    },
  }
}
