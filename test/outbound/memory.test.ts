import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import type { TestApp } from '../support/app.ts'
import { allStatementsOf, type Statement } from '../graphql/statements.ts'
import { startSender, subscribe } from './endpoints.ts'
import { startReceiver } from './receiver.ts'

const PENDING = 10_000
const BODY_BYTES = 20_000

let app: TestApp
beforeAll(async () => {
  app = await startSender()
})
afterAll(() => app.close())

/** So many messages about a thousand people, as a receiver that was away for long has them waiting. */
async function pile(endpoint: string, of: string): Promise<void> {
  await app.db.pool.query(
    `insert into webhook_delivery (id, endpoint_id, position, type, ordering_key, body, created_at, queued_at, next_attempt_at)
     select 'msg_' || $2 || n, $1, n, 'test', $2 || n % 1000, '{"data":"' || repeat('x', ${BODY_BYTES}) || '"}', now(), now(),
            case when n <= 1000 then now() end
     from generate_series(1, ${PENDING}) n`,
    [endpoint, of],
  )
  await app.db.pool.query('analyze webhook_delivery')
}

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

/** How many messages a statement touches. It is not carried out. */
async function touched({ text, values }: Statement): Promise<number> {
  const rolledBack = new Error('rolled back')
  let plan: Plan | undefined
  await inTransaction(app.db.pool, async (tx) => {
    const explain = `explain (analyze, format json) ${text}`
    plan = (await tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explain, [...values])).rows[0]!['QUERY PLAN'][0].Plan
    throw rolledBack
  }).catch((error: unknown) => {
    if (error !== rolledBack) throw error
  })
  const all = (one: Plan): Plan[] => [one, ...(one.Plans ?? []).flatMap(all)]
  return all(plan!)
    .filter((one) => one['Relation Name'] === 'webhook_delivery')
    .map((one) => (one['Actual Rows'] + (one['Rows Removed by Filter'] ?? 0)) * one['Actual Loops'])
    .reduce((sum, count) => sum + count, 0)
}

test('ten thousand messages that wait are sent with a few of them in memory, and a few touched to find the next', async () => {
  const receiver = await startReceiver()
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const before = used()
  let most = 0
  receiver.answer = () => {
    most = Math.max(most, used() - before)
    return 204
  }
  const endpoint = await subscribe(app, receiver)
  const statements = await allStatementsOf(async () => {
    await pile(endpoint, 'a')
    await receiver.accepts(150)
  })
  // They would be 200 MB. The receiver, in this process too, keeps what it is sent: 3 MB.
  expect(most).toBeLessThan(100_000_000)
  const claims = statements.filter(({ text }) => text.includes('claim = $7'))
  expect(claims.length).toBeGreaterThan(10)
  for (const { values } of claims) expect(values[1]).toBeLessThanOrEqual(8)
  expect(await touched(claims.at(-1)!)).toBeLessThan(100)
})
