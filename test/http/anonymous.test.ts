import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connect } from './socket.ts'
import { send } from './send.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ mode: 'development', env: { CORS_ORIGINS: 'http://localhost:5173' } })
})
afterAll(() => app.close())

const body = JSON.stringify({ query: '{ viewer { kind scopes } }' })
const json = { 'content-type': 'application/json' }
const ask = (url: string, headers: Record<string, string> = {}) =>
  send(`${url}/graphql`, { method: 'POST', headers: { ...json, ...headers } }, body)

/** 101 where the server let the upgrade through, or else what it answered. */
async function upgrade(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await tryUpgrade(url, headers)).status
}

async function tryUpgrade(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  const opened = once(socket, 'open').then(() => ({ status: 101, body: '' }))
  const refused = once(socket, 'unexpected-response').then(async ([, response]: unknown[]) => ({
    status: (response as IncomingMessage).statusCode!,
    body: await text(response as IncomingMessage),
  }))
  socket.on('error', () => {})
  opened.catch(() => {})
  refused.catch(() => {})
  const result = await Promise.race([opened, refused])
  socket.terminate()
  return result
}

test('on this machine, in development, nobody needs a credential', async () => {
  const { status, body: answer } = await ask(app.url)
  expect([status, JSON.parse(answer)]).toEqual([200, { data: { viewer: { kind: 'ANONYMOUS', scopes: ['*'] } } }])
  const socket = connect(app.url, null)
  expect((await socket.follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'ANONYMOUS' } })
  await socket.close()
  const page = await send(`${app.url}/graphql`, { method: 'GET', headers: { accept: 'text/html' } })
  expect(page.status).toBe(200)
  expect(page.body).toContain('GraphiQL')
  expect(page.body.split('</head>', 1)[0]).toContain('name="viewport"') // phones can read it
  expect(page.body).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/) // it works without the internet
})

test('a wrong credential is refused there too', async () => {
  expect((await ask(app.url, { authorization: 'Bearer rck_wrong' })).status).toBe(401)
  expect(await connect(app.url, 'rck_wrong').closed).toMatchObject({ code: 4403 })
})

describe("a page of somebody else in the developer's browser", () => {
  const port = () => new URL(app.url).port
  const cases: [string, () => Record<string, string>, boolean][] = [
    ['no origin', () => ({}), true],
    ['its own origin', () => ({ origin: app.url }), true],
    ['localhost', () => ({ host: `localhost:${port()}`, origin: `http://localhost:${port()}` }), true],
    ['IPv6', () => ({ host: `[::1]:${port()}` }), true],
    ['an origin that is allowed', () => ({ origin: 'http://localhost:5173' }), true],
    ['a foreign origin', () => ({ origin: 'https://evil.example' }), false],
    ['another port of this machine', () => ({ origin: 'http://localhost:9999' }), false],
    ['an origin that hides', () => ({ origin: 'null' }), false],
    ['a name that points here', () => ({ host: `evil.example:${port()}` }), false],
    [
      'a name that points here, with its origin',
      () => ({ host: `evil.example:${port()}`, origin: `http://evil.example:${port()}` }),
      false,
    ],
    ['a name that begins like this machine', () => ({ host: `127.0.0.1.evil.example:${port()}` }), false],
    ['a host that is none', () => ({ host: 'localhost@evil.example' }), false],
    ['a tunnel that replaces Host', () => ({ 'x-forwarded-for': '203.0.113.9' }), false],
    ['a tunnel that replaces Host and names its own', () => ({ 'x-forwarded-host': 'abc.tunnel.example' }), false],
    ['a tunnel that is asked through a proxy here', () => ({ 'x-forwarded-for': '203.0.113.9, 127.0.0.1' }), false],
    ['a tunnel that speaks RFC 7239', () => ({ forwarded: 'for=203.0.113.9' }), false],
    ['a proxy on this machine, such as a bundler', () => ({ 'x-forwarded-for': '127.0.0.1, ::1' }), true],
    ['a proxy that names this machine', () => ({ 'x-forwarded-host': 'localhost:5173' }), true],
    ['a proxy with IPv4 in IPv6', () => ({ 'x-forwarded-for': '::ffff:127.0.0.1' }), true],
  ]
  test.for(cases)('%s', async ([, headers, reaches]) => {
    const { status, body: answer } = await ask(app.url, headers())
    expect(status).toBe(reaches ? 200 : 403)
    expect(answer.includes('viewer')).toBe(reaches)
    expect(await upgrade(app.url, headers())).toBe(reaches ? 101 : 403)
  })
})

test('a page that is refused is told which setting would admit it, and so is the log, once', async () => {
  const told = async (headers: Record<string, string>) => {
    const { body: answer } = await ask(app.url, headers)
    expect(await tryUpgrade(app.url, headers)).toEqual({ status: 403, body: answer })
    return (JSON.parse(answer) as { error: string }).error
  }
  const both = 'CORS_ORIGINS=http://localhost:5173,http://localhost:8080'
  expect(await told({ origin: 'http://localhost:8080' })).toBe(
    `The page http://localhost:8080 may not call this server: set ${both}`,
  )
  const preflight = { origin: 'http://localhost:8080', 'access-control-request-method': 'POST' }
  expect((await send(`${app.url}/graphql`, { method: 'OPTIONS', headers: preflight })).status).toBe(403)
  expect(app.lines.filter(({ origin }) => origin === 'http://localhost:8080')).toEqual([
    expect.objectContaining({ level: 40, look: `If it is yours, set ${both}` }),
  ])
  expect(await told({ origin: 'null' })).toMatch(/serve it over HTTP/)
  expect(await told({ host: 'evil.example' })).toBe(
    `Without credentials, this server responds only at http://localhost:${new URL(app.url).port}`,
  )
  const fresh = await startTestApp({ connectionString: app.connectionString, mode: 'development' })
  const { body: answer } = await ask(fresh.url, { origin: 'http://localhost:5173' })
  expect(JSON.parse(answer)).toEqual({
    error: 'The page http://localhost:5173 may not call this server: set CORS_ORIGINS=http://localhost:5173',
  })
  await fresh.close()
})

test('through a tunnel only what needs no credential anywhere is reached: webhooks, invitations, health', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const at = (path: string, method = 'GET') => send(`${app.url}${path}`, { method, headers })
  const refused = await Promise.all(
    ['/', '/graphql', '/metrics', '/export?what=accounts', '/dev/mail'].map((path) => at(path)),
  )
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
  expect(JSON.parse(refused[1]!.body)).toEqual({
    error:
      'Without credentials, this server does not respond through a tunnel or proxy; with HOST=0.0.0.0 it does, and requires credentials',
  })
  expect((await at('/webhooks/workos', 'POST')).body).toMatch(/WorkOS-Signature is missing/)
  expect((await at('/health/ready')).status).toBe(200)
})

test('a development server that others can reach wants a credential', async () => {
  const open = await startTestApp({
    connectionString: app.connectionString,
    mode: 'development',
    env: { HOST: '0.0.0.0' },
  })
  const url = open.url.replace('0.0.0.0', '127.0.0.1')
  expect((await ask(url)).status).toBe(401)
  expect(await connect(url, null).closed).toMatchObject({ code: 4403 })
  expect(
    (
      await ask(url, {
        authorization: `Bearer ${await open.key()}`,
        host: 'rollcall.example',
        origin: 'https://app.example',
      })
    ).status,
  ).toBe(200)
  await open.close()
})

test('production always wants a credential, on this machine too', async () => {
  const production = await startTestApp({ connectionString: app.connectionString })
  expect((await ask(production.url)).status).toBe(401)
  expect(await connect(production.url, null).closed).toMatchObject({ code: 4403 })
  const headers = {
    authorization: `Bearer ${await production.key()}`,
    host: 'rollcall.example',
    origin: 'https://app.example',
  }
  expect((await ask(production.url, headers)).status).toBe(200)
  expect(await upgrade(production.url, headers)).toBe(101)
  await production.close()
})
