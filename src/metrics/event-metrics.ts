import { Counter, Histogram, type Registry } from 'prom-client'
import { isEventType } from '../directory/events.ts'
import type { SettledEvent } from '../inbox/apply-batch.ts'
import type { ApplyLog } from '../inbox/apply-due.ts'
import type { Receipt } from '../inbox/receive.ts'
import type { Envelope } from '../workos/envelope.ts'

export interface EventMetrics {
  /** An event came in: pass it as the receiver's `onReceipt`. */
  readonly received: (envelope: Pick<Envelope, 'type' | 'status'>, receipt: Receipt) => void
  /** Wraps a log so that what it receives is counted. */
  measured(log: ApplyLog): ApplyLog
}

const LATENCY_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800]

export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry]
  const events = new Counter({
    name: 'rollcall_events_total',
    help: 'WorkOS events by outcome: received or duplicate, then applied, stale, ignored or failed. A replay settles one again.',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const duration = new Histogram({
    name: 'rollcall_apply_duration_seconds',
    help: 'How long a transaction that applied a batch of events took.',
    registers,
  })
  const latency = new Histogram({
    name: 'rollcall_event_latency_seconds',
    help: 'Time from receipt to application of each applied event.',
    buckets: LATENCY_S,
    registers,
  })
  const failures = new Counter({
    name: 'rollcall_apply_failures_total',
    help: 'Failed attempts to apply something. A retry may succeed later.',
    registers,
  })

  // A batch has hundreds of events and few kinds of them.
  function count(settled: readonly SettledEvent[]): void {
    const now = Date.now()
    for (const [type, ofType] of Map.groupBy(settled, (event) => labelOf(event.type)))
      for (const [status, alike] of Map.groupBy(ofType, (event) => event.status))
        events.inc({ type, outcome: status.toLowerCase() }, alike.length)
    for (const { status, receivedAt } of settled)
      if (status === 'APPLIED') latency.observe(Math.max(0, now - receivedAt.getTime()) / 1_000)
  }

  return {
    received({ type, status }, receipt) {
      events.inc({ type: labelOf(type), outcome: receipt === 'stored' ? 'received' : 'duplicate' })
      // Settled on receipt: it will not be applied.
      if (receipt === 'stored' && status !== 'PENDING')
        events.inc({ type: labelOf(type), outcome: status.toLowerCase() })
    },
    measured: (log) => ({
      applied(batch, milliseconds) {
        duration.observe(milliseconds / 1_000)
        count(batch.settled)
        log.applied(batch, milliseconds)
      },
      failed(eventId, error) {
        failures.inc()
        log.failed(eventId, error)
      },
      settled(event) {
        count([event])
        log.settled?.(event)
      },
    }),
  }
}

// Names come from outside: an unknown one must not create a series.
const labelOf = (type: string): string => (isEventType(type) ? type : 'other')
