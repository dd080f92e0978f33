// Processes that are killed are in test/flow; here, what an acknowledgement stands for.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signDelivery } from '../../src/simulator/sign.ts'
import { startTestApp, webhookSecret, type TestApp } from '../support/app.ts'
import { event, user } from '../support/events.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ env: { DATABASE_POOL_SIZE: '6' } })
})
afterAll(() => app.close())

const hired = (name: string) => event('dsync.user.created', user(name), 1)
const stored = async (ids: readonly string[]) => {
  const { rows } = await app.db.pool.query<{ id: string }>('select id from inbox_event where id = any($1)', [ids])
  return rows.map(({ id }) => id).sort()
}
async function deliver(body: string): Promise<Response> {
  const headers = { 'workos-signature': signDelivery(body, webhookSecret, Date.now()) }
  return fetch(`${app.url}/webhooks/workos`, { method: 'POST', body, headers })
}

test('Law 1: when a delivery is acknowledged, everybody else can see it in the database', async () => {
  const events = Array.from({ length: 200 }, (_, index) => hired(`at-once-${index}`))
  await Promise.all(
    events.map(async (one) => {
      expect(await app.deliver(one)).toBe(200)
      expect(await stored([one.id])).toEqual([one.id])
    }),
  )
  await app.applied()
})

test('Law 1: what could not be stored is not acknowledged, says when to deliver again, and is then taken', async () => {
  const one = hired('refused')
  await app.db.pool.query(`
    create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'disk full' using errcode = '53100'; end $$;
    create trigger refuse before insert on inbox_event for each statement execute function refuse()`)
  const refused = await deliver(JSON.stringify(one))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.text()).not.toContain('disk')
  await app.db.pool.query('drop trigger refuse on inbox_event')
  expect(await stored([one.id])).toEqual([])
  expect((await deliver(JSON.stringify(one))).status).toBe(200)
  await app.applied()
})

test('Law 1: a commit that does not come about is no acknowledgement', async () => {
  const one = hired('deferred')
  await app.db.pool.query(`
    create function refuse_late() returns trigger language plpgsql as $$ begin raise exception 'at commit'; end $$;
    create constraint trigger refuse_late after insert on inbox_event deferrable initially deferred
    for each row execute function refuse_late()`)
  expect((await deliver(JSON.stringify(one))).status).toBe(503)
  await app.db.pool.query('drop trigger refuse_late on inbox_event')
  expect(await stored([one.id])).toEqual([])
})

test(
  'Law 1: connections that break in the middle lose nothing that was acknowledged',
  { timeout: 120_000 },
  async () => {
    const admin = new pg.Client({ connectionString: app.connectionString })
    await admin.connect()
    const acknowledged: string[] = []
    let delivering = true
    const senders = Array.from({ length: 8 }, async (_, sender) => {
      for (let index = 0; delivering; index += 1) {
        const one = hired(`broken-${sender}-${index}`)
        if ((await deliver(JSON.stringify(one))).status === 200) acknowledged.push(one.id)
      }
    })
    for (let round = 0; round < 12; round += 1) {
      const before = acknowledged.length
      await expect.poll(() => acknowledged.length, { interval: 2, timeout: 20_000 }).toBeGreaterThan(before + 20)
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
                       where application_name = 'rollcall' and pid <> pg_backend_pid() and datname = current_database()`)
    }
    delivering = false
    await Promise.all(senders)
    await admin.end()
    expect(await stored(acknowledged)).toEqual(acknowledged.sort())
    await app.applied()
    const { rows } = await app.db.pool.query(`select distinct status from inbox_event where id = any($1)`, [
      acknowledged,
    ])
    expect(rows).toEqual([{ status: 'APPLIED' }])
  },
)
