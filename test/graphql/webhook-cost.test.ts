// What endpoints for webhooks, and what stands in them, cost to be read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { createEndpoint, startSender } from '../outbound/endpoints.ts'
import { statementsOf } from './statements.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startSender({ env: { OUTBOUND_CONCURRENCY: '0' } }) // or its own statements would be counted
  key = await app.key()
})
afterAll(() => app.close())

const Many = graphql(`
  query WebhookMany($first: Int!) {
    webhookEndpoints(first: $first) {
      totalCount
      nodes {
        organization {
          id
        }
        pendingCount
        deadCount
        deliveries(first: 2) {
          totalCount
          nodes {
            endpoint {
              id
            }
          }
        }
      }
    }
  }
`)

test('endpoints, and what stands in them, take as many statements for fifty as for five', async () => {
  for (let n = 0; n < 50; n += 1)
    await createEndpoint(app.url, key, { url: 'https://hooks.example.com/', organizationId: `org_${n}` })
  await app.db.pool.query(
    `insert into webhook_delivery (id, endpoint_id, type, ordering_key, body, created_at, queued_at)
     select 'msg_' || e.id || n, e.id, 'test', n, '{}', now(), now() from webhook_endpoint e, generate_series(1, 3) n`,
  )
  const counts: number[] = []
  for (const first of [5, 50]) {
    const statements = await statementsOf(async () => {
      const { webhookEndpoints } = await query(app.url, key, Many, { first })
      expect(webhookEndpoints.nodes).toHaveLength(first)
      expect(
        webhookEndpoints.nodes.every(
          ({ pendingCount, deliveries }) => pendingCount === 3 && deliveries.totalCount === 3,
        ),
      ).toBe(true)
    })
    counts.push(statements.filter(({ text }) => /webhook_|organization/.test(text) && !/hash" =/.test(text)).length)
  }
  expect(counts).toEqual([7, 7])
})
