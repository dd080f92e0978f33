import { z } from 'zod'
import { ApiError, invalid, notFound, raise } from './api-error.ts'
import { check } from './check.ts'
import { controlActions } from './control-actions.ts'
import type { Delivery, WebhookDelivery } from './delivery.ts'
import { describeDirectory } from './describe.ts'
import type { EventLog } from './event-log.ts'
import { faultNames, type Faults } from './faults.ts'
import { parseLimit } from './page.ts'
import type { EventEnvelope } from './payload.ts'
import type { createPace } from './pace.ts'
import type { Answer, Call, Route } from './route.ts'
import { sendTestEvent } from './test-event.ts'
import type { World } from './world.ts'

export type ControlParts = {
  world: World
  log: EventLog
  delivery: WebhookDelivery
  faults: Faults
  pace: ReturnType<typeof createPace>
  seed: number
  webhookSecret: string
  step: () => EventEnvelope[]
  announce: () => void
  reset: () => void
}

const fault = z.strictObject({
  count: z.int().min(0).optional(),
  probability: z.number().min(0).max(1).optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  match: z.string().optional(),
})

const bodies = {
  pace: z.strictObject({ perMinute: z.number().min(0).max(100_000) }),
  step: z.strictObject({ count: z.int().min(1).max(10_000).optional() }),
  faults: z.partialRecord(z.enum(faultNames), fault.nullable()),
  webhook: z.strictObject({ url: z.url({ protocol: /^https?$/ }), secret: z.string().min(1).optional() }),
  redeliver: z
    .strictObject({ eventId: z.string().optional(), status: z.enum(['delivered', 'failed', 'dropped']).optional() })
    .refine(({ eventId, status }) => (eventId === undefined) !== (status === undefined), {
      path: ['eventId'],
      message: 'is given, or status is, and not both',
    }),
  forget: z.strictObject({ keep: z.int().min(0).optional() }),
  reset: z.strictObject({ announce: z.boolean().optional() }),
}

/** What drives the simulator from outside: `/_simulator/…`, and `POST /events`. */
export function controlRoutes(parts: ControlParts): Route[] {
  const { world, log, delivery, faults, pace } = parts

  const overview = () => ({
    seed: parts.seed,
    pace: pace.state(),
    directories: world.store.directories().map((record) => ({
      ...describeDirectory(world.store, record),
      provider: record.provider.key,
      keepsInactive: record.keepsInactive,
    })),
    events: log.all().length,
    webhook: { url: delivery.endpoint()?.url ?? null, ...countByStatus(delivery.all()) },
    faults: faults.state(),
  })

  function act({ params, body }: Call): Answer {
    const name = params['name']!
    const run = Object.hasOwn(controlActions, name) ? controlActions[name] : undefined
    if (run !== undefined) return { status: 201, body: run(world, body) }
    const message = `is one of ${Object.keys(controlActions).join(', ')}`
    throw invalid({ field: 'name', code: 'unknown_action', message })
  }

  function listDeliveries({ query }: Call): Answer {
    const wanted = (['status', 'event', 'eventId'] as const).map((key) => [key, query.get(key)] as const)
    const isWanted = (one: Delivery) => wanted.every(([key, value]) => value === null || one[key] === value)
    const matching = delivery.all().filter(isWanted)
    return { body: { data: matching.slice(-parseLimit(query)).toReversed(), total: matching.length } }
  }

  function redeliver({ body }: Call): Answer {
    const { eventId, status } = check(bodies.redeliver, body ?? {})
    if (delivery.endpoint() === null) throw new ApiError(409, { message: 'There is no webhook.', code: 'no_webhook' })
    const alike = delivery.all().filter((one) => one.status === status)
    const ids = eventId === undefined ? alike.map((one) => one.eventId) : [eventId]
    const events = ids.map((id) => log.get(id) ?? raise(notFound('Event', id)))
    return { status: 202, body: { data: events.map((event) => delivery.redeliver(event)) } }
  }

  function setWebhook({ body }: Call): Answer {
    const { url, secret = parts.webhookSecret } = check(bodies.webhook, body ?? {})
    delivery.setEndpoint({ url, secret })
    return { body: { url, secret } }
  }

  const show = (): Answer => ({ body: overview() })
  const showAfter = (act: () => void): Answer => {
    act()
    return show()
  }
  const route = (method: string, path: string, handle: Route['handle']): Route => ({ method, path, handle })

  return [
    route('GET', '/_simulator', show),
    route('POST', '/_simulator/pause', () => showAfter(pace.pause)),
    route('POST', '/_simulator/resume', () => showAfter(pace.resume)),
    route('PUT', '/_simulator/pace', ({ body }) => {
      const { perMinute } = check(bodies.pace, body ?? {})
      return showAfter(() => pace.set(perMinute))
    }),
    route('POST', '/_simulator/step', ({ body }) => {
      const { count = 1 } = check(bodies.step, body ?? {})
      return { status: 201, body: { events: Array.from({ length: count }, parts.step).flat() } }
    }),
    route('POST', '/_simulator/actions/:name', act),
    route('GET', '/_simulator/faults', () => ({ body: faults.state() })),
    route('PUT', '/_simulator/faults', ({ body }) => {
      faults.set(check(bodies.faults, body ?? {}))
      return { body: faults.state() }
    }),
    route('DELETE', '/_simulator/faults', () => {
      faults.clear()
      return { body: faults.state() }
    }),
    route('GET', '/_simulator/deliveries', listDeliveries),
    route('POST', '/_simulator/redeliver', redeliver),
    route('PUT', '/_simulator/webhook', setWebhook),
    route('DELETE', '/_simulator/webhook', () => showAfter(() => delivery.setEndpoint(null))),
    route('POST', '/_simulator/announce', () => showAfter(parts.announce)),
    route('POST', '/_simulator/forget', ({ body }) => {
      const { keep = 0 } = check(bodies.forget, body ?? {})
      return showAfter(() => log.forget(keep))
    }),
    route('POST', '/_simulator/reset', ({ body }) => {
      const { announce = true } = check(bodies.reset, body ?? {})
      parts.reset()
      return announce ? showAfter(parts.announce) : show()
    }),
    route('POST', '/events', ({ body }) => ({ status: 201, body: sendTestEvent(world, body) })),
  ]
}

function countByStatus(deliveries: Delivery[]): Record<string, number> {
  const counts = { pending: 0, delivered: 0, failed: 0, dropped: 0 }
  for (const { status } of deliveries) counts[status] += 1
  return counts
}
