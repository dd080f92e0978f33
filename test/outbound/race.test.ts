import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { appendChanges } from '../../src/changes/append.ts'
import type { Queryable } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { claimDeliveries } from '../../src/outbound/claim.ts'
import { draft } from '../changes/change-log.ts'
import { startSender, subscribe } from './endpoints.ts'
import { startReceiver } from './receiver.ts'
import { waitingLocks } from '../support/waiting-locks.ts'

test('a message that is made while the one before it is written down as delivered is sent all the same', async () => {
  const app = await startSender()
  onTestFinished(() => app.close())
  const receiver = await startReceiver()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async () => {
    await released
    return 204
  }
  await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_UPDATED'] })
  const happens = () => inTransaction(app.db.pool, (tx) => appendChanges(tx, [draft()]))
  const waiting = async (count: number) => {
    while ((await waitingLocks(app.db.pool)) < count) await sleep(2)
  }
  await happens()
  await receiver.receives(1)
  await inTransaction(app.db.pool, async (tx) => {
    // Whoever makes the second message stops where it asks for the person that it is about.
    await tx.query('lock table directory_user in access exclusive mode')
    await happens()
    await waiting(1)
    release()
    await waiting(2)
  })
  await receiver.accepts(2)
  expect(receiver.accepted).toHaveLength(2)
})

test('an endpoint that is down is tried once also by instances that look at the same time, and who looks waits for nobody', async () => {
  const app = await startSender({ env: { OUTBOUND_CONCURRENCY: '0' } })
  onTestFinished(() => app.close())
  const { pool } = app.db
  await pool.query(`
    insert into webhook_endpoint (id, url, description, secrets, cursor, failed_keys, created_by, created_at, updated_at)
    values ('down', 'http://127.0.0.1:9/', '', '[]', 0, '{a,b,c,d,e}', 'test', now(), now());
    insert into webhook_delivery (id, endpoint_id, type, ordering_key, body, created_at, queued_at, next_attempt_at)
    select 'msg_' || n, 'down', 't', n, '{}', now(), now(), now() from generate_series(1, 5) n`)
  const request = { limit: 8, busy: new Map(), mostPerEndpoint: 4, after: '', leaseMs: 20_000, now: new Date() }
  const claim = (db: Queryable, by: string) => claimDeliveries(db, { ...request, claim: by })
  await inTransaction(pool, async (tx) => {
    await tx.query(`select from webhook_endpoint for no key update`) // as who changes it does
    expect(await claim(pool, 'meanwhile')).toEqual([])
  })
  await inTransaction(pool, async (tx) => {
    expect(await claim(tx, 'first')).toHaveLength(1)
    expect(await claim(pool, 'second')).toEqual([])
  })
  expect(await claim(pool, 'later')).toEqual([])
  expect(await claimDeliveries(pool, { ...request, claim: 'next', now: new Date(Date.now() + 60_000) })).toHaveLength(1)
})
