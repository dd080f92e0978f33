import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { actionsIn } from './actions.ts'
import { announce } from './announce.ts'
import { notFound, raise } from './api-error.ts'
import { systemClock, type Clock } from './clock.ts'
import { seedDirectory, type DirectorySeed } from './company.ts'
import { controlRoutes } from './control-routes.ts'
import { createDelivery, type Delivery, type DeliverySettings } from './delivery.ts'
import { directoryRoutes } from './directory-routes.ts'
import { createEventLog } from './event-log.ts'
import { eventRoutes } from './event-routes.ts'
import { createFaults } from './faults.ts'
import { createIds } from './ids.ts'
import { keepStoreUpToDate, restoreStore } from './keep-store.ts'
import { createLife } from './life.ts'
import { createPace } from './pace.ts'
import { portalRoutes } from './portal.ts'
import { providerKeys, type ProviderKey } from './providers.ts'
import { createRandom } from './random.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { sessionRoutes } from './sessions.ts'
import { createSimulatorServer } from './server.ts'
import { createStore } from './store.ts'
import type { World } from './world.ts'

type DirectoryWish = ProviderKey | (Pick<DirectorySeed, 'provider'> & Partial<DirectorySeed>)

export interface SimulatorOptions {
  /** 0, the default, takes any free port. */
  port?: number
  /** Which directories the seed company has, or how many; each is in an organization of its own. Default: three. */
  directories?: number | readonly DirectoryWish[]
  usersPerDirectory?: number
  /** Events per minute; 0, the default, keeps it still. */
  pacePerMinute?: number
  seed?: number
  apiKey?: string
  /** Where events are delivered; `setWebhook` can set it later. */
  webhookUrl?: string
  webhookSecret?: string
  /** Whether the limits of the real API apply: 4 calls a second for a directory's users, 6,000 a minute for a key. */
  rateLimits?: boolean
  /** Whether the seed company is announced at the start, as by WorkOS's initial sync. Default: true. */
  announces?: boolean
  /**
   * A file that the companies and the newest events are saved to every few seconds and at the end, and that the next
   * start continues from. Default: each start has the seed's.
   */
  keepIn?: string
  /** How many events the Events API keeps. */
  eventCapacity?: number
  delivery?: Partial<DeliverySettings>
  clock?: Clock
}

export type Simulator = Awaited<ReturnType<typeof createSimulator>>

const defaultDelivery: DeliverySettings = {
  concurrency: 16,
  retryDelaysMs: [250, 1000, 4000, 15_000, 60_000, 120_000],
  timeoutMs: 10_000,
}

/** Starts a WorkOS on 127.0.0.1. Throws if the port is taken. */
export async function createSimulator(options: SimulatorOptions = {}) {
  const { seed = 1, apiKey = 'sk_test_simulator', webhookSecret = 'whsec_simulator', clock = systemClock } = options
  const root = createRandom(seed)
  const store = createStore()
  const freshRun = () => ({ random: root.fork('run'), ids: createIds(root.fork('ids')) })
  // Not from the run's stream: the log outlives a reset, and an event id must not occur twice.
  const log = createEventLog({ clock, ids: createIds(root.fork('events')), capacity: options.eventCapacity ?? 100_000 })
  const faults = createFaults(root.fork('faults'))
  const delivery = createDelivery({ clock, faults, settings: { ...defaultDelivery, ...options.delivery } })
  const world: World = { store, clock, ...freshRun(), record: log.append }
  log.onAppend(delivery.deliver)

  const seeds = directorySeeds(options)
  const putCompany = (): void => {
    for (const [position, one] of seeds.entries()) seedDirectory(store, root, one, position)
  }
  const { step } = createLife(world)
  const pace = createPace({ random: root.fork('pace'), step, perMinute: options.pacePerMinute ?? 0 })
  const portal = portalRoutes(world, () => url)

  function reset(): void {
    for (const part of [delivery, faults, portal, store]) part.clear()
    log.forget(0)
    Object.assign(world, freshRun())
    putCompany()
  }

  const limits = { enforced: options.rateLimits ?? true }
  const limit = (calls: number, windowMs: number): RateLimit => {
    const { take } = createRateLimit({ clock, limit: calls, windowMs })
    return { take: (key) => (limits.enforced ? take(key) : 0) }
  }
  const server = createSimulatorServer({
    apiKey,
    api: [
      ...directoryRoutes(world, limit(4, 1000)),
      ...eventRoutes(log, faults),
      ...portal.api,
      ...sessionRoutes(world),
    ],
    control: [
      ...controlRoutes({
        world,
        log,
        delivery,
        faults,
        pace,
        limits,
        seed,
        webhookSecret,
        step,
        reset,
        announce: () => announce(world),
      }),
      ...portal.pages,
    ],
    faults,
    keyLimit: limit(6000, 60_000),
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const setWebhook = (webhookUrl: string | null): void =>
    delivery.setEndpoint(webhookUrl === null ? null : { url: webhookUrl, secret: webhookSecret })

  const { keepIn } = options
  const isRestored = keepIn !== undefined && restoreStore(store, log, keepIn)
  if (!isRestored) putCompany()
  const keeping = keepIn === undefined ? null : keepStoreUpToDate(store, log, keepIn)
  if (options.webhookUrl !== undefined) setWebhook(options.webhookUrl)
  if (!isRestored && (options.announces ?? true)) announce(world)

  return {
    url,
    port,
    apiKey,
    webhookSecret,
    /** Whether it continues from what was kept, which has already been announced. */
    isRestored,
    store,
    events: log.all,
    faults,
    deliveries: (): Delivery[] => delivery.all(),
    /** Resolves when every delivery has arrived or finally failed. */
    settled: delivery.idle,
    setWebhook,
    /** Sends a recorded event again. Throws if there is no such event. */
    redeliver: (eventId: string): Delivery => delivery.redeliver(log.get(eventId) ?? raise(notFound('Event', eventId))),
    /** Announces everything there is, as a new initial sync would. */
    announce: (): void => announce(world),
    /** Performs one action of ordinary life now. */
    step,
    reset,
    actions: actionsIn(world),
    close: async (): Promise<void> => {
      pace.close()
      await delivery.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      keeping?.close()
    },
  }
}

function directorySeeds({ directories = 3, usersPerDirectory = 40 }: SimulatorOptions): DirectorySeed[] {
  const wishes = typeof directories === 'number' ? someProviders(directories) : directories
  return wishes.map((wish) => {
    const given = typeof wish === 'string' ? { provider: wish } : wish
    // Entra's customers often use the custom management flow; one such directory shows both ways of leaving.
    return { users: usersPerDirectory, keepsInactive: given.provider === 'entra', ...given }
  })
}

const someProviders = (count: number): ProviderKey[] =>
  Array.from({ length: count }, (_, at) => providerKeys[at % providerKeys.length]!)
