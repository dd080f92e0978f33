import { Counter, Histogram, type Registry } from 'prom-client'

/** Outcomes are those of src/http, of which there are few. */
export interface RequestMetrics {
  /** A delivery from WorkOS was answered. */
  readonly delivered: (outcome: string) => void
  /** A GraphQL operation ended or, if it is a subscription, began: then it has no duration. */
  readonly operated: (transport: 'http' | 'websocket', outcome: string, seconds: number | null) => void
  /** Whether a query was answered from memory. */
  readonly looked: (outcome: string) => void
}

export function createRequestMetrics(registry: Registry): RequestMetrics {
  const registers = [registry]
  const deliveries = new Counter({
    name: 'rollcall_webhook_deliveries_total',
    help: 'Webhook deliveries by outcome: stored, duplicate, not_signed, too_large, unavailable or hung_up.',
    labelNames: ['outcome'],
    registers,
  })
  const operations = new Counter({
    name: 'rollcall_graphql_requests_total',
    help: 'GraphQL operations: ok, refused for a caller error, or failed for a server error.',
    labelNames: ['transport', 'outcome'],
    registers,
  })
  const duration = new Histogram({
    name: 'rollcall_graphql_request_duration_seconds',
    help: 'How long queries and mutations over HTTP took.',
    registers,
  })
  const lookups = new Counter({
    name: 'rollcall_answers_total',
    help: 'Lookups in the response cache: hit, miss if the response was computed, or unchecked if the database did not say whether it is still valid.',
    labelNames: ['outcome'],
    registers,
  })
  return {
    looked: (outcome) => lookups.inc({ outcome: outcome.toLowerCase() }),
    delivered: (outcome) => deliveries.inc({ outcome: outcome.toLowerCase() }),
    operated(transport, outcome, seconds) {
      operations.inc({ transport, outcome: outcome.toLowerCase() })
      if (seconds !== null) duration.observe(seconds)
    },
  }
}
