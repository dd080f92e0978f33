import { z } from 'zod'
import { ApiError, invalid, notFound, raise } from './api-error.ts'
import { check } from './check.ts'
import { controlActions } from './control-actions.ts'
import type { Delivery, WebhookDelivery } from './delivery.ts'
import { describeDirectory } from './describe.ts'
import type { EventLog } from './event-log.ts'
import { apiFaults, deliveryFaults, faultNames, type Faults } from './faults.ts'
import { parseLimit } from './page.ts'
import type { EventEnvelope } from './payload.ts'
import type { createPace } from './pace.ts'
import type { Answer, Call, Route } from './route.ts'
import { sendTestEvent } from './test-event.ts'
import type { World } from './world.ts'

interface ControlParts {
  world: World
  log: EventLog
  delivery: WebhookDelivery
  faults: Faults
  pace: ReturnType<typeof createPace>
  limits: { enforced: boolean }
  seed: number
  webhookSecret: string
  step: () => EventEnvelope[]
  announce: () => void
  reset: () => void
}

const fault = z.strictObject({
  after: z.int().min(0).optional(),
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
  limits: z.strictObject({ enforced: z.boolean() }),
  forget: z.strictObject({ keep: z.int().min(0).optional() }),
  reset: z.strictObject({ announce: z.boolean().optional() }),
}

/** The routes that control the simulator from outside: `/_simulator/…`, and `POST /events`. */
export function controlRoutes(parts: ControlParts): Route[] {
  const { world, log, delivery, faults, pace, limits } = parts

  const overview = () => ({
    seed: parts.seed,
    pace: pace.state(),
    limits,
    directories: world.store.directories().map((record) => ({
      ...describeDirectory(world.store, record),
      provider: record.provider.key,
      keepsInactive: record.keepsInactive,
    })),
    events: log.all().length,
    webhook: { url: delivery.endpoint()?.url ?? null, ...countByStatus(delivery.all()) },
    faults: faults.state(),
    help: {
      controls: routes.map(({ method, path, does }) => `${method} ${path}: ${does}`),
      actions: Object.fromEntries(Object.entries(controlActions).map(([name, { fields }]) => [name, fields])),
      faults: { ...apiFaults, ...deliveryFaults },
    },
  })

  function act({ params, body }: Call): Answer {
    const name = params['name']!
    const action = Object.hasOwn(controlActions, name) ? controlActions[name] : undefined
    if (action !== undefined) return { status: 201, body: action.act(world, body) }
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
  const route = (method: string, path: string, does: string, handle: Route['handle']): Route => ({
    method,
    path,
    does,
    handle,
  })

  const routes: Route[] = [
    route('GET', '/_simulator', 'how things stand, and this help', () => ({ ...show(), isForPeople: true })),
    route('POST', '/_simulator/pause', 'lets nothing happen by itself', () => showAfter(pace.pause)),
    route('POST', '/_simulator/resume', 'goes on after a pause', () => showAfter(pace.resume)),
    route('PUT', '/_simulator/pace', 'how much happens in a minute: {perMinute}', ({ body }) => {
      const { perMinute } = check(bodies.pace, body ?? {})
      return showAfter(() => pace.set(perMinute))
    }),
    route('PUT', '/_simulator/limits', "whether the API's limits hold: {enforced}", ({ body }) => {
      const { enforced } = check(bodies.limits, body ?? {})
      return showAfter(() => (limits.enforced = enforced))
    }),
    route('POST', '/_simulator/step', 'some deeds of ordinary life, now: {count}', ({ body }) => {
      const { count = 1 } = check(bodies.step, body ?? {})
      return { status: 201, body: { events: Array.from({ length: count }, parts.step).flat() } }
    }),
    route('POST', '/_simulator/actions/:name', 'makes one thing happen; what it is not told it chooses', act),
    route('GET', '/_simulator/faults', 'what goes wrong, and how often it did', () => ({ body: faults.state() })),
    route(
      'PUT',
      '/_simulator/faults',
      'lets things go wrong: {<fault>: {count, probability, delayMs, match}}, null for no more',
      ({ body }) => {
        faults.set(check(bodies.faults, body ?? {}))
        return { body: faults.state() }
      },
    ),
    route('DELETE', '/_simulator/faults', 'lets nothing go wrong any more', () => {
      faults.clear()
      return { body: faults.state() }
    }),
    route('GET', '/_simulator/deliveries', 'deliveries, newest first: ?status, event, eventId, limit', listDeliveries),
    route(
      'POST',
      '/_simulator/redeliver',
      'sends an event again, or all of a status: {eventId} or {status}',
      redeliver,
    ),
    route('PUT', '/_simulator/webhook', 'where events are delivered: {url, secret}', setWebhook),
    route('DELETE', '/_simulator/webhook', 'delivers nothing any more', () =>
      showAfter(() => delivery.setEndpoint(null)),
    ),
    route('POST', '/_simulator/announce', 'tells everything there is, as a new initial sync does', () =>
      showAfter(parts.announce),
    ),
    route('POST', '/_simulator/forget', 'forgets all but the newest events, as retention does: {keep}', ({ body }) => {
      const { keep = 0 } = check(bodies.forget, body ?? {})
      return showAfter(() => log.forget(keep))
    }),
    route('POST', '/_simulator/reset', 'begins anew with the seed company: {announce}', ({ body }) => {
      const { announce = true } = check(bodies.reset, body ?? {})
      parts.reset()
      return announce ? showAfter(parts.announce) : show()
    }),
    route('POST', '/events', 'sends an event made up by hand: {event, data}', ({ body }) => ({
      status: 201,
      body: sendTestEvent(world, body),
    })),
  ]
  return routes
}

function countByStatus(deliveries: Delivery[]): Record<string, number> {
  const counts = { pending: 0, delivered: 0, failed: 0, dropped: 0 }
  for (const { status } of deliveries) counts[status] += 1
  return counts
}
