import { setTimeout as sleep } from 'node:timers/promises'
import { graphql } from '../../src/generated/operations/index.ts'
import type {
  CreateWebhookEndpointInput,
  ReplayWebhookDeliveriesInput,
} from '../../src/generated/operations/graphql.ts'
import { byHand } from '../../src/changes/by-hand.ts'
import { removeEndpoint } from '../../src/outbound/remove-endpoint.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { query } from '../support/client.ts'
import { until } from '../support/until.ts'
import type { Receiver } from './receiver.ts'

const Create = graphql(`
  mutation MakeWebhookEndpoint($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      __typename
      ... on WebhookEndpoint {
        id
        secret
      }
      ... on Error {
        message
      }
    }
  }
`)

/** A server that sends webhooks, also to this machine. */
export function startSender(options: TestAppOptions = {}): Promise<TestApp> {
  const env = { OUTBOUND_CONCURRENCY: '8', OUTBOUND_ALLOW_PRIVATE: 'true', OUTBOUND_TIMEOUT_MS: '2000', ...options.env }
  return startTestApp({ ...options, env })
}

/** Makes an endpoint by the API. */
export async function createEndpoint(url: string, key: string, input: CreateWebhookEndpointInput) {
  const { createWebhookEndpoint: made } = await query(url, key, Create, { input })
  if (made.__typename !== 'WebhookEndpoint') throw new Error(made.message)
  return { id: made.id, secret: made.secret! }
}

/** What happens in directories, without what follows from it for accounts and roles. */
export const OF_DIRECTORIES = {
  kinds: [
    'DIRECTORY_ACTIVATED',
    'DIRECTORY_USER_CREATED',
    'DIRECTORY_USER_UPDATED',
    'DIRECTORY_USER_DELETED',
    'DIRECTORY_GROUP_CREATED',
    'MEMBERSHIP_ADDED',
    'MEMBERSHIP_REMOVED',
  ],
} as const satisfies Partial<CreateWebhookEndpointInput>

/** Makes an endpoint for a receiver, which verifies with its secret from then on. Gives its id. */
export async function subscribe(
  app: TestApp,
  receiver: Receiver,
  input: Omit<CreateWebhookEndpointInput, 'url'> = {},
): Promise<string> {
  const { id, secret } = await createEndpoint(app.url, await app.key(), { ...input, url: receiver.url })
  receiver.secrets = [secret]
  return id
}

/**
 * Removes all endpoints as an operator does, and waits until their messages are gone: the next test has the server
 * after it.
 */
export async function removeEndpoints({ db }: TestApp): Promise<void> {
  for (const { id } of await db.prisma.webhookEndpoint.findMany({ select: { id: true } }))
    await removeEndpoint(db, id, byHand({ actor: 'test' }, new Date()))
  await until(async () => (await db.prisma.webhookEndpoint.count()) === 0)
}

/** Waits until nothing is to be made or sent at this moment, by the clock of this process. */
export async function quiet({ db }: TestApp): Promise<void> {
  // A message that is made while the first look is on its way is due just after the moment that look asks for.
  for (let looks = 0; looks < 2;) {
    const { rows } = await db.pool.query<{ busy: boolean }>(BUSY, [new Date()])
    if (!rows[0]!.busy) looks += 1
    else looks = await sleep(20, 0)
  }
}

// Rings too: the clock of a test may have moved on without anybody's noticing.
const BUSY = `
  select exists (
    select from webhook_endpoint e
    where e.enabled and (
      e.gap
      or e.cursor < (select purged_through from change_clock)
      or exists (
        select from change c where c.position > e.cursor
          and (e.organization_id is null or c.organization_id = e.organization_id) and (e.kinds = '{}' or c.kind = any(e.kinds))
      )
      or exists (
        select from webhook_delivery d where d.endpoint_id = e.id and d.status = 'PENDING' and (
          d.leased_until > clock_timestamp()
          or d.next_attempt_at <= $1 and (e.blocked_until is null or e.blocked_until <= $1)
        )
      )
    )
  ) as busy, pg_notify('rollcall_changes', '')`

export interface DeliveryRow {
  readonly id: string
  readonly status: string
  readonly attempts: number
  readonly error: string | null
  readonly body: string
  readonly orderingKey: string
}

const Replay = graphql(`
  mutation ReplayDead($input: ReplayWebhookDeliveriesInput!) {
    replayWebhookDeliveries(input: $input) {
      __typename
      ... on WebhookDeliveryBatch {
        count
        hasMore
        deliveries {
          id
          status
          attempts
        }
      }
      ... on Error {
        message
      }
      ... on ValidationError {
        issues {
          path
        }
      }
    }
  }
`)

/** Has messages sent once more, as who sees all unless another key is given. */
export async function replay(app: TestApp, input: ReplayWebhookDeliveriesInput, key?: string) {
  const variables = { input }
  return (await query(app.url, key ?? (await app.key()), Replay, variables)).replayWebhookDeliveries
}

/** The messages of an endpoint as they are stored, in the order of the log. */
export async function deliveriesOf({ db }: TestApp, endpointId: string): Promise<DeliveryRow[]> {
  const { rows } = await db.pool.query<DeliveryRow>(
    `select id, status, attempts, error, body, ordering_key as "orderingKey" from webhook_delivery
     where endpoint_id = $1 order by position`,
    [endpointId],
  )
  return rows
}
