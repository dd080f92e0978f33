import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allStatementsOf } from '../graphql/statements.ts'
import { startTestApp, webhookSecret, type TestApp } from '../support/app.ts'
import { event, user } from '../support/events.ts'
import { send, signature, type Reply } from './send.ts'

const TOLERANCE = 60_000
const LIMIT = 1_048_576

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({
    env: { WEBHOOK_TOLERANCE_MS: String(TOLERANCE) },
    webhookSecrets: ['whsec_next', webhookSecret],
  })
})
afterAll(() => app.close())

function deliver(body: string | Buffer, headers: Record<string, string>): Promise<Reply> {
  return send(`${app.url}/webhooks/workos`, { method: 'POST', headers }, body)
}

const stored = (id: string) => app.db.prisma.inboxEvent.findUnique({ where: { id } })
const someone = (id: string) => JSON.stringify(event('dsync.user.created', user(id), 1, `event_${id}`))

describe('what WorkOS signed', () => {
  test('is stored byte for byte before it is acknowledged', async () => {
    const body = `  {"id": "event_bytes", "event": "dsync.user.created", "created_at": "2026-06-25T19:07:33.155Z",
      "data": {"directory_id": "directory_test", "id": "directory_user_bytes", "first_name": "Zo\\u00eb \u{1F469}‍\u{1F680}", "weight": 1.0}}\n`
    expect(await deliver(body, signature(body))).toMatchObject({
      status: 200,
      body: '{"received":true,"duplicate":false}\n',
    })
    expect(Buffer.from((await stored('event_bytes'))!.body).toString('utf8')).toBe(body)
  })

  test('is taken for a duplicate the second time, and stored once', async () => {
    const body = someone('twice')
    const replies = [await deliver(body, signature(body)), await deliver(body, signature(body))]
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(replies.map((reply) => (JSON.parse(reply.body) as { duplicate: boolean }).duplicate)).toEqual([false, true])
    expect(await app.db.prisma.inboxEvent.count({ where: { id: 'event_twice' } })).toBe(1)
  })

  test('may be signed with any of the secrets while they are rotated', async () => {
    for (const secret of ['whsec_next', webhookSecret]) {
      const body = someone(`rotated_${secret}`)
      expect((await deliver(body, signature(body, { secret }))).status).toBe(200)
    }
    const body = someone('rotated_past')
    expect((await deliver(body, signature(body, { secret: 'whsec_past' }))).status).toBe(400)
    expect(await stored('event_rotated_past')).toBeNull()
  })

  test('is accepted as long as its time is within the tolerance, before or after ours', async () => {
    const margin = 10_000
    const statuses: Record<number, number> = {}
    for (const off of [-TOLERANCE - margin, -TOLERANCE + margin, TOLERANCE - margin, TOLERANCE + margin]) {
      const body = someone(`clock_${off}`)
      statuses[off] = (await deliver(body, signature(body, { at: Date.now() + off }))).status
    }
    expect(statuses).toEqual({ [-70_000]: 400, [-50_000]: 200, [50_000]: 200, [70_000]: 400 })
  })

  test('is refused where its time is in seconds', async () => {
    const body = someone('seconds')
    const reply = await deliver(body, signature(body, { at: Math.floor(Date.now() / 1000) }))
    expect(reply).toMatchObject({ status: 400 })
    expect(reply.body).toContain(`more than ${TOLERANCE} ms`)
  })

  test('is stored and FAILED also where its bytes are no text at all', async () => {
    const body = Buffer.concat([Buffer.from('{"id":"event_latin","name":"Zo'), Buffer.from([0xeb]), Buffer.from('"}')])
    const time = Date.now()
    const hash = createHmac('sha256', webhookSecret).update(`${time}.`).update(body).digest('hex')
    expect(await deliver(body, { 'workos-signature': `t=${time}, v1=${hash}` })).toMatchObject({ status: 200 })
    const [row] = await app.db.prisma.inboxEvent.findMany({ where: { error: 'The body is not UTF-8' } })
    expect(row).toMatchObject({ status: 'FAILED' })
    expect(Buffer.from(row!.body).equals(body)).toBe(true)
    const forged = { 'workos-signature': `t=${time}, v1=${'0'.repeat(64)}` }
    expect(await deliver(body, forged)).toMatchObject({ status: 400 })
  })

  test('is stored as IGNORED where no such event is known, and as FAILED where it is not JSON', async () => {
    const unknown = JSON.stringify(event('user_management.user.created', { id: 'user_1' }, 1, 'event_unknown'))
    expect((await deliver(unknown, signature(unknown))).status).toBe(200)
    expect(await stored('event_unknown')).toMatchObject({ status: 'IGNORED', type: 'user_management.user.created' })

    const malformed = '{"id": "event_malformed", '
    for (const duplicate of [false, true]) {
      const reply = await deliver(malformed, signature(malformed))
      expect(reply).toMatchObject({ status: 200, body: `{"received":true,"duplicate":${duplicate}}\n` })
    }
    const failed = await app.db.prisma.inboxEvent.findMany({ where: { error: { startsWith: 'The body is not JSON' } } })
    expect(failed).toHaveLength(1)
    expect(failed[0]!.error).toMatch(/^The body is not JSON/)
    expect(Buffer.from(failed[0]!.body).toString('utf8')).toBe(malformed)
  })
})

describe('what WorkOS did not sign', () => {
  const body = someone('mallory')
  const good = () => signature(body)['workos-signature']!
  const OLD = Date.now() - 3_600_000
  const hash = (at: number) => createHmac('sha256', webhookSecret).update(`${at}.${body}`).digest('hex')
  test.for<[string, () => Record<string, string>]>([
    ['no header', () => ({})],
    ['an empty header', () => ({ 'workos-signature': '' })],
    ['garbage', () => ({ 'workos-signature': 'garbage' })],
    ['no time', () => ({ 'workos-signature': good().replace(/^t=\d+, /, '') })],
    ['no signature', () => ({ 'workos-signature': `t=${Date.now()}` })],
    ['an empty signature', () => ({ 'workos-signature': `t=${Date.now()}, v1=` })],
    ["another body's signature", () => signature(`${body} `)],
    ['another secret', () => signature(body, { secret: 'whsec_other' })],
    ['a signature cut short', () => ({ 'workos-signature': good().slice(0, -2) })],
    ['a time that is no number', () => ({ 'workos-signature': good().replace(/t=\d+/, 't=now') })],
    ['a time that was not signed', () => ({ 'workos-signature': `t=${Date.now()}, v1=${hash(Date.now() - 5_000)}` })],
    [
      'an old signature with a new time after it',
      () => ({ 'workos-signature': `x=${OLD}, v1=${hash(OLD)}, t=${Date.now()}` }),
    ],
    [
      'an old signature with a new time before it',
      () => ({ 'workos-signature': `t=${Date.now()}, t=${OLD}, v1=${hash(OLD)}` }),
    ],
  ])('is refused with 400 and not stored: %s', async ([, headers]) => {
    const reply = await deliver(body, headers())
    expect(reply.status).toBe(400)
    expect((JSON.parse(reply.body) as { error: string }).error).toMatch(/WorkOS-Signature/)
    expect(await stored('event_mallory')).toBeNull()
  })
})

describe('a body of more than the limit', () => {
  const fitting = (id: string, size: number) => {
    const head = someone(id)
    return head + ' '.repeat(size - Buffer.byteLength(head))
  }

  test('is refused with 413, by its Content-Length alone', async () => {
    const body = fitting('long', LIMIT + 1)
    const reply = await deliver(body, { ...signature(body), 'content-length': String(LIMIT + 1) })
    expect(reply.status).toBe(413)
    expect(reply.body).toContain(String(LIMIT))
    expect(await stored('event_long')).toBeNull()
  })

  test('is refused with 413 where it comes in chunks and says nothing of its length', async () => {
    const body = fitting('chunked', 4 * LIMIT)
    const chunks = body.match(/[^]{1,65536}/g)!
    const options = { method: 'POST', headers: signature(body) }
    expect((await send(`${app.url}/webhooks/workos`, options, ...chunks)).status).toBe(413)
    expect(await stored('event_chunked')).toBeNull()
  })

  test('is refused, and one of exactly the limit is not', async () => {
    const body = fitting('exact', LIMIT)
    expect((await deliver(body, signature(body))).status).toBe(200)
    expect((await stored('event_exact'))!.body).toHaveLength(LIMIT)
  })
})

test.for(['GET', 'PUT', 'DELETE', 'HEAD'])('WorkOS delivers with POST, and %s is told so', async (method) => {
  const reply = await send(`${app.url}/webhooks/workos`, { method })
  expect(reply).toMatchObject({ status: 405, headers: { allow: 'POST' } })
})

test('deliveries that come at the same time share inserts, and each hears of its own', async () => {
  const bodies = Array.from({ length: 200 }, (_, index) => someone(`many_${index}`))
  bodies.push(...bodies.slice(0, 20)) // some of them twice
  const blocker = await app.db.pool.connect()
  let replies: Reply[] = []
  const statements = await allStatementsOf(async () => {
    await blocker.query('begin')
    await blocker.query('lock table inbox_event in share mode')
    const delivering = Promise.all(bodies.map((body) => deliver(body, signature(body))))
    // The first two statements wait for the lock, and everybody else for them.
    for (let turn = 0; turn < 20; turn += 1) await send(`${app.url}/health/live`, { method: 'GET' })
    await blocker.query('commit')
    replies = await delivering
  })
  blocker.release()
  expect(replies.every(({ status }) => status === 200)).toBe(true)
  expect(replies.filter(({ body }) => body.includes('"duplicate":true'))).toHaveLength(20)
  expect(await app.db.prisma.inboxEvent.count({ where: { id: { startsWith: 'event_many_' } } })).toBe(200)
  const inserts = statements.filter(({ text }) => text.includes('insert into inbox_event'))
  expect(inserts.length).toBeGreaterThan(0)
  expect(inserts.length).toBeLessThan(20)
})

test('a sender who hangs up in the middle of a body leaves nothing behind, and hurts nobody', async () => {
  const body = someone('hung_up')
  const headers = { ...signature(body), 'content-length': String(body.length) }
  const aborted = new AbortController()
  const sending = send(
    `${app.url}/webhooks/workos`,
    { method: 'POST', headers, signal: aborted.signal },
    body.slice(0, 9),
  )
  sending.catch(() => {})
  await send(`${app.url}/health/live`, { method: 'GET' })
  aborted.abort()
  await expect(sending).rejects.toThrow(/abort/i)
  const next = someone('after')
  expect((await deliver(next, signature(next))).status).toBe(200)
  expect(await stored('event_hung_up')).toBeNull()
  expect(app.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
})
