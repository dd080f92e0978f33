// /metrics is of all customers together: who may read it, and who may not.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send } from '../http/send.ts'
import { withoutDatabase } from '../http/outage.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const get = (url: string, headers: Record<string, string> = {}, method = 'GET', search = '') =>
  send(`${url}/metrics${search}`, { method, headers })
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

test('a key with the scope metrics:read, or with all, that is bound to no organization', async () => {
  for (const scopes of [['metrics:read'], ['*'], ['metrics:*', 'directory:read']]) {
    const { status, headers, body } = await get(app.url, bearer(await app.key(null, scopes)))
    expect([scopes, status]).toEqual([scopes, 200])
    expect(headers['cache-control']).toBe('no-store')
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
  }
})

test('nobody else, and who is refused is told why and no number', async () => {
  const secret = await app.key()
  const refused: [headers: Record<string, string>, status: number, words: RegExp, search?: string][] = [
    [{}, 401, /credential is required/],
    [{}, 401, /credential is required/, `?access_token=${secret}&key=${secret}`],
    [bearer('rck_wrong'), 401, /not valid/],
    [{ authorization: secret }, 401, /must be "Bearer/],
    [bearer(await app.key(null, ['directory:read', 'events:read'])), 403, /scope metrics:read/],
    [bearer(await app.key('org_one')), 403, /organization-bound/],
    [bearer(await app.key('org_one', ['metrics:read'])), 403, /organization-bound/],
  ]
  for (const [headers, status, words, search = ''] of refused) {
    const reply = await get(app.url, headers, 'GET', search)
    expect([reply.status, (JSON.parse(reply.body) as { error: string }).error]).toEqual([
      status,
      expect.stringMatching(words),
    ])
    expect(reply.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined)
    expect(reply.body).not.toContain('rollcall_')
  }
})

test('it is read with GET alone', async () => {
  const key = bearer(await app.key())
  for (const method of ['POST', 'HEAD', 'PUT', 'OPTIONS']) {
    const { status, headers } = await get(app.url, key, method)
    expect([method, status, headers.allow]).toEqual([method, 405, 'GET'])
  }
})

test('in development on this machine anybody of this machine, as for GraphQL, and no page of somebody else', async () => {
  const open = await startTestApp({ connectionString: app.connectionString, mode: 'development' })
  expect((await get(open.url)).status).toBe(200)
  expect((await get(open.url, bearer('rck_wrong'))).status).toBe(401)
  expect((await get(open.url, { origin: 'https://evil.example' })).status).toBe(403)
  expect((await get(open.url, { host: 'evil.example' })).status).toBe(403)
  await open.close()
  const reachable = await startTestApp({
    connectionString: app.connectionString,
    mode: 'development',
    env: { HOST: '0.0.0.0' },
  })
  expect((await get(reachable.url.replace('0.0.0.0', '127.0.0.1'))).status).toBe(401)
  await reachable.close()
})

test('while the database is away a scrape fails, which is what an alert is for, and tells nothing of why', async () => {
  const key = bearer(await app.key())
  await withoutDatabase(app, async () => {
    const { status, body } = await get(app.url, key)
    expect([status, body]).toEqual([503, '{"error":"The service is temporarily unavailable: try again later"}\n'])
  })
  await expect.poll(async () => (await get(app.url, key)).status).toBe(200)
})
