import type { Clock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { EventEnvelope } from './payload.ts'
import { post, type Attempt, type Endpoint } from './post.ts'

type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped'
export interface Delivery {
  eventId: string
  event: string
  status: DeliveryStatus
  attempts: Attempt[]
}

export interface DeliverySettings {
  /** How many requests may be under way at once. */
  concurrency: number
  /** The pause before each retry; after the last one a delivery has failed. WorkOS spreads six over three days. */
  retryDelaysMs: readonly number[]
  timeoutMs: number
}

interface Parcel {
  envelope: EventEnvelope
  delivery: Delivery
  attempt: number
}

export type WebhookDelivery = ReturnType<typeof createDelivery>

const MAX_REMEMBERED = 10_000

/**
 * Sends events to the webhook endpoint: signed, at least once, started in order, with retries and the requested faults.
 */
export function createDelivery({
  clock,
  faults,
  settings,
}: {
  clock: Clock
  faults: Faults
  settings: DeliverySettings
}) {
  const deliveries = new Map<string, Delivery>()
  const timers = new Set<NodeJS.Timeout>()
  const inFlight = new Set<Promise<void>>()
  let endpoint: Endpoint | null = null
  let queue: Parcel[] = []
  let held: Parcel[] = []
  let unsettled = 0
  let waiting: (() => void)[] = []
  let stop = new AbortController()

  /** Without an endpoint nothing is sent, now or later. */
  function deliver(envelope: EventEnvelope): void {
    if (endpoint === null) return
    const delivery = remember(envelope)
    if (faults.strike('dropped', envelope.event) !== null) {
      delivery.status = 'dropped'
      return
    }
    const copies = faults.strike('duplicated', envelope.event) === null ? 1 : 2
    for (let copy = 0; copy < copies; copy += 1) dispatch({ envelope, delivery, attempt: 0 })
  }

  /** Sends a recorded event again, whatever became of it, with a fresh signature and without faults. */
  function redeliver(envelope: EventEnvelope): Delivery {
    const delivery = remember(envelope)
    delivery.status = 'pending'
    unsettled += 1
    enqueue({ envelope, delivery, attempt: 0 })
    return delivery
  }

  function remember({ id, event }: EventEnvelope): Delivery {
    const delivery = deliveries.get(id) ?? { eventId: id, event, status: 'pending', attempts: [] }
    deliveries.set(id, delivery)
    if (deliveries.size > MAX_REMEMBERED) deliveries.delete(deliveries.keys().next().value!)
    return delivery
  }

  function dispatch(parcel: Parcel): void {
    unsettled += 1
    const { event } = parcel.envelope
    const late = faults.strike('late', event)
    if (late !== null) return later(late.delayMs ?? 2000, () => enqueue(parcel))
    const reordered = faults.strike('reordered', event)
    if (reordered === null) {
      const overtaken = held
      held = []
      return enqueue(parcel, ...overtaken)
    }
    held.push(parcel)
    // If nothing follows that could overtake it.
    later(reordered.delayMs ?? 1000, () => {
      if (!held.includes(parcel)) return
      held = held.filter((other) => other !== parcel)
      enqueue(parcel)
    })
  }

  function enqueue(...parcels: Parcel[]): void {
    queue.push(...parcels)
    pump()
  }

  function pump(): void {
    while (inFlight.size < settings.concurrency && queue.length > 0) {
      const sending = send(queue.shift()!).finally(() => {
        inFlight.delete(sending)
        pump()
      })
      inFlight.add(sending)
    }
  }

  async function send(parcel: Parcel): Promise<void> {
    const { signal } = stop
    const attempt = await post(endpoint, parcel.envelope, { clock, timeoutMs: settings.timeoutMs, signal })
    if (signal.aborted) return
    parcel.delivery.attempts.push(attempt)
    if (attempt.status !== null && attempt.status >= 200 && attempt.status < 300) return settle(parcel, 'delivered')
    const pause = settings.retryDelaysMs[parcel.attempt]
    if (pause === undefined) return settle(parcel, 'failed')
    later(pause, () => enqueue({ ...parcel, attempt: parcel.attempt + 1 }))
  }

  function settle({ delivery }: Parcel, status: 'delivered' | 'failed'): void {
    // Of two copies, one delivered is enough.
    if (delivery.status !== 'delivered') delivery.status = status
    unsettled -= 1
    if (unsettled === 0) wake()
  }

  function wake(): void {
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function later(pause: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, pause)
    timers.add(timer)
  }

  /** Forgets every delivery and aborts those under way. */
  function clear(): void {
    stop.abort()
    stop = new AbortController()
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
    deliveries.clear()
    queue = []
    held = []
    unsettled = 0
    wake()
  }

  return {
    deliver,
    redeliver,
    clear,
    endpoint: (): Endpoint | null => endpoint,
    setEndpoint: (next: Endpoint | null): void => void (endpoint = next),
    all: (): Delivery[] => [...deliveries.values()],
    /** Resolves when every delivery has arrived or finally failed. */
    idle: (): Promise<void> => (unsettled === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: async (): Promise<void> => {
      endpoint = null
      clear()
      await Promise.all(inFlight)
    },
  }
}
