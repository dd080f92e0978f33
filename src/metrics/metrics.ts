import { createRequire } from 'node:module'
import type { Metrics, MetricsOptions } from './register-metrics.ts'

const SOON_MS = 500

const require = createRequire(import.meta.url)
const load = () => require('./register-metrics.ts') as typeof import('./register-metrics.ts')

/** Loads Prometheus's client when something is first counted or read, or soon after: start-up does not wait for it. */
export function createMetrics(options: MetricsOptions): Metrics {
  let registered: Metrics | null = null
  const all = () => (registered ??= load().registerMetrics(options))
  setTimeout(all, SOON_MS).unref()
  return {
    events: {
      received: (...told) => all().events.received(...told),
      measured(log) {
        let own: typeof log | null = null
        const measured = () => (own ??= all().events.measured(log))
        return {
          applied: (...told) => measured().applied(...told),
          failed: (...told) => measured().failed(...told),
          settled: (...told) => measured().settled?.(...told),
        }
      },
    },
    workos: {
      answered: (answer) => all().workos.answered(answer),
      unanswered: (url) => all().workos.unanswered(url),
    },
    requests: {
      delivered: (outcome) => all().requests.delivered(outcome),
      operated: (...told) => all().requests.operated(...told),
      looked: (outcome) => all().requests.looked(outcome),
    },
    scrape: () => all().scrape(),
  }
}
