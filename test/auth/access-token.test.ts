import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { connect } from '../http/socket.ts'
import { asServerSentEvents } from '../support/live.ts'
import { WhoAmI, EveryChange } from './operations.ts'
import { print } from 'graphql'

const ISSUER = 'https://api.workos.com/user_management/client_test'

/** The endpoint where AuthKit publishes its keys. What it answers can be changed. */
interface KeyServer {
  readonly url: string
  readonly server: Server
  answer: { status: number; body: string }
}

async function serveKeys(keys: readonly JWK[]): Promise<KeyServer> {
  const served: KeyServer = {
    url: '',
    server: createServer((_request, response) => {
      response.writeHead(served.answer.status, { 'content-type': 'application/json' }).end(served.answer.body)
    }),
    answer: { status: 200, body: JSON.stringify({ keys }) },
  }
  served.server.listen(0, '127.0.0.1')
  await once(served.server, 'listening')
  return Object.assign(served, { url: `http://127.0.0.1:${(served.server.address() as AddressInfo).port}/jwks` })
}

let pair: { publicKey: CryptoKey; privateKey: CryptoKey }
let publicJwk: JWK
let keys: KeyServer
let app: TestApp
beforeAll(async () => {
  pair = await generateKeyPair('RS256', { extractable: true })
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'key_1', alg: 'RS256', use: 'sig' }
  keys = await serveKeys([publicJwk])
  app = await startTestApp({ env: { AUTH_JWKS_URL: keys.url, AUTH_ISSUER: ISSUER } })
})
afterAll(async () => {
  await app.close()
  keys.server.close()
})

const claims = { org_id: 'org_jwt', permissions: ['directory:read'], email: 'ada@example.com' }

interface Token {
  readonly claims?: Record<string, unknown>
  readonly issuer?: string
  readonly expires?: number
  readonly kid?: string
}

function sign({
  claims: given = claims,
  issuer = ISSUER,
  expires = Date.now() / 1000 + 300,
  kid = 'key_1',
}: Token = {}) {
  return new SignJWT(given)
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(issuer)
    .setSubject('user_ada')
    .setIssuedAt()
    .setExpirationTime(Math.floor(expires))
    .sign(pair.privateKey)
}

test('who brings an access token is that user, of the one organization that it names, with its permissions as scopes', async () => {
  await app.key('org_jwt') // makes the organization known
  const { viewer } = await query(app.url, await sign(), WhoAmI)
  expect(viewer).toEqual({
    kind: 'USER',
    id: 'user_ada',
    scopes: ['directory:read'],
    organization: { id: 'org_jwt' },
  })
  const without = await query(app.url, await sign({ claims: { org_id: 'org_jwt' } }), WhoAmI)
  expect(without.viewer.scopes).toEqual([])
})

describe('an access token is refused with UNAUTHENTICATED', () => {
  const secret = () => new TextEncoder().encode(JSON.stringify(publicJwk))
  test.for<[string, () => Promise<string>, RegExp]>([
    ['of another issuer', () => sign({ issuer: 'https://evil.example' }), /not valid/],
    ['that has expired', () => sign({ expires: Date.now() / 1000 - 60 }), /has expired/],
    ['that names no organization', () => sign({ claims: { permissions: ['*'] } }), /org_id/],
    ['that names an empty organization', () => sign({ claims: { ...claims, org_id: '' } }), /org_id/],
    ['whose organization is no text', () => sign({ claims: { ...claims, org_id: ['org_jwt'] } }), /org_id/],
    ['of an unknown key', () => sign({ kid: 'key_2' }), /not valid/],
    [
      'that never expires',
      async () =>
        new CompactSign(Buffer.from(JSON.stringify({ ...claims, iss: ISSUER, sub: 'user_ada' })))
          .setProtectedHeader({ alg: 'RS256', kid: 'key_1' })
          .sign(pair.privateKey),
      /not valid/,
    ],
    [
      'that nobody signed',
      async () => new UnsecuredJWT(claims).setIssuer(ISSUER).setSubject('user_ada').setExpirationTime('5m').encode(),
      /not valid/,
    ],
    [
      'that was signed with the public key as a secret',
      async () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', kid: 'key_1' })
          .setIssuer(ISSUER)
          .setSubject('user_ada')
          .setExpirationTime('5m')
          .sign(secret()),
      /not valid/,
    ],
    [
      'that was changed',
      async () => (await sign()).replace(/\.(.)/, (_all, first: string) => `.${first === 'e' ? 'f' : 'e'}`),
      /not valid/,
    ],
    ['that is none', async () => 'garbage', /not valid/],
  ])('%s', async ([, token, message]) => {
    const { data, errors } = await ask(app.url, await token(), WhoAmI)
    expect(data).toBeUndefined()
    expect(errors).toHaveLength(1)
    expect(errors![0]!.extensions).toEqual({ code: 'UNAUTHENTICATED' })
    expect(errors![0]!.message).toMatch(message)
  })
})

test('a socket and a stream end within a second of their access token', async () => {
  const expires = Math.floor(Date.now() / 1000) + 2
  const token = await sign({ expires })
  const socket = connect(app.url, token)
  await socket.connected
  const stream = asServerSentEvents(app.url, token, { query: print(EveryChange) })
  const ended = Promise.all([
    socket.closed.then((closed) => ({ ...closed, at: Date.now() })),
    stream.next().then(
      () => ({ error: 'none', at: 0 }),
      (error: Error) => ({ error: error.message, at: Date.now() }),
    ),
  ])
  const [closed, left] = await ended
  expect(closed.code).toBe(4403)
  expect(left.error).toContain('UNAUTHENTICATED')
  for (const { at } of [closed, left]) {
    expect(at).toBeGreaterThanOrEqual(expires * 1000)
    expect(at).toBeLessThan(expires * 1000 + 1_000)
  }
})

describe('while the keys of access tokens cannot be fetched', () => {
  const faults: [string, (served: KeyServer) => void][] = [
    ['nobody answers', ({ server }) => void server.close()],
    ['the answer is an error', (served) => (served.answer = { status: 500, body: 'no' })],
    ['the answer is no JSON', (served) => (served.answer = { status: 200, body: '<html>' })],
    ['the answer is no set of keys', (served) => (served.answer = { status: 200, body: '{"keys": 5}' })],
  ]
  test.for(faults)('that is said, over HTTP and WebSocket, and API keys still work: %s', async ([, breakIt]) => {
    const away = await serveKeys([publicJwk])
    const other = await startTestApp({
      connectionString: app.connectionString,
      env: { AUTH_JWKS_URL: away.url, AUTH_ISSUER: ISSUER },
    })
    try {
      breakIt(away)
      const { data, errors } = await ask(other.url, await sign(), WhoAmI)
      expect(data).toBeUndefined()
      expect(errors).toHaveLength(1)
      expect(errors![0]!.extensions).toEqual({ code: 'UNAVAILABLE' })
      expect(errors![0]!.message).toBe('Access tokens cannot be checked now: the signing keys cannot be fetched')
      const socket = connect(other.url, await sign())
      expect(await socket.closed).toEqual({ code: 1013, reason: 'Try again later' })
      expect(JSON.stringify(other.lines.filter(({ level }) => level === 50))).toContain('keys')

      expect((await ask(other.url, await other.key(), WhoAmI)).errors).toBeUndefined()
      expect((await query(app.url, await sign(), WhoAmI)).viewer.kind).toBe('USER')
    } finally {
      await other.close()
      away.server.close()
    }
  })
})
