// An access token is worth no more than the account of whoever brings it.
import { print } from 'graphql'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { Disable, Enable, Link, Revoke } from '../accounts/operations.ts'
import { staff, type Staff } from '../accounts/staff.ts'
import { forget } from '../../src/retention/retention.ts'
import { connect } from '../http/socket.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { event, user } from '../support/events.ts'
import { asServerSentEvents } from '../support/live.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { EveryChange, RevokeKey, WhoAmI } from './operations.ts'

let issuer: TokenIssuer
let app: TestApp
let key: string
beforeAll(async () => {
  issuer = await startTokenIssuer()
  app = await startTestApp({ env: issuer.env })
  key = await app.key()
})
afterAll(async () => {
  await app.close()
  issuer.close()
})

let one: Staff
let person: string
let tests = 0
beforeEach(async () => {
  tests += 1
  one = staff(app, key, `t${tests}`)
  person = `user_${tests}`
  await one.hire('ada', 1)
  await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-ada', workosUserId: person })
})

const HOUR = 3_600_000
const tokenOf = (at = new Date()) => issuer.token(person, one.organizationId, { at })
/** What a request with the token comes to: `ok`, or why it is refused. */
async function asked(token: string): Promise<string> {
  const { data, errors } = await ask(app.url, token, WhoAmI)
  if (errors === undefined) return data!.viewer.id === person ? 'ok' : 'somebody else'
  expect(errors[0]!.extensions).toEqual({ code: 'UNAUTHENTICATED' })
  return errors[0]!.message
}

/** Asks until the answer is another one; gives it, and how long that took. */
async function answerAfter(token: string, before: string): Promise<{ answer: string; ms: number }> {
  const since = performance.now()
  for (;;) {
    const answer = await asked(token)
    if (answer !== before || performance.now() - since > 10_000) return { answer, ms: performance.now() - since }
  }
}

const INACTIVE = 'The account of this user is not active'
const REVOKED = 'The sessions of this user were revoked: sign in again'

test('from the receipt of the webhook to the refusal it is not two seconds, and less than that to the end of sockets and streams', async () => {
  const token = await tokenOf()
  expect(await asked(token)).toBe('ok')
  const socket = connect(app.url, token)
  await socket.connected
  const stream = asServerSentEvents(app.url, token, { query: print(EveryChange) })
  // The leaver may be told of leaving before the stream ends.
  const streamed = (async () => {
    for (;;) await stream.next()
  })().catch((error: Error) => error.message)
  const keeper = connect(app.url, await issuer.token('user_stranger', one.organizationId))
  await keeper.connected

  const since = performance.now()
  const own = { directory_id: one.directoryId, organization_id: one.organizationId }
  await app.deliver(event('dsync.user.deleted', user(`t${tests}-ada`, own), 2))
  const [refused, closed] = await Promise.all([
    answerAfter(token, 'ok'),
    socket.closed.then((told) => ({ ...told, ms: performance.now() - since })),
  ])
  expect(refused.answer).toBe(INACTIVE)
  expect(closed).toMatchObject({ code: 4403 })
  expect(await streamed).toContain('UNAUTHENTICATED')
  expect(Math.max(refused.ms, closed.ms)).toBeLessThan(2_000)

  expect((await ask(app.url, await issuer.token('user_stranger', one.organizationId), WhoAmI)).errors).toBeUndefined()
  const next = keeper.follow('{ viewer { kind } }').next()
  expect((await next)?.data).toEqual({ viewer: { kind: 'USER' } })
  await keeper.close()
})

test('what another instance remembers of a credential is forgotten when the log tells of its end, and not only after a while', async () => {
  // By its clock what it remembers is never old.
  const at = new Date()
  const other = await startTestApp({ env: issuer.env, connectionString: app.connectionString, now: () => at })
  onTestFinished(() => other.close())
  const [token, revoked] = [await tokenOf(), await app.key()]
  const { data } = await ask(other.url, revoked, WhoAmI)
  const askedThere = async (credential: string) => (await ask(other.url, credential, WhoAmI)).errors?.[0]?.message
  expect(await askedThere(token)).toBeUndefined()
  await one.fire('ada', 2)
  await until(async () => (await askedThere(token)) === INACTIVE)
  expect(await askedThere(revoked)).toBeUndefined()
  await one.run(RevokeKey, { input: { id: data!.viewer.id } })
  await until(async () => (await askedThere(revoked)) === 'The API key is not valid, has expired or was revoked')
})

test('after a return it takes a token that was issued since', async () => {
  const old = await tokenOf()
  await one.fire('ada', 2)
  expect((await answerAfter(old, 'ok')).answer).toBe(INACTIVE)
  await one.hire('ada', 3)
  expect((await answerAfter(old, INACTIVE)).answer).toBe(REVOKED)
  const { sessionsRevokedAt } = await one.account('ada')
  expect(await asked(await tokenOf(new Date(Date.parse(sessionsRevokedAt!) + 1_000)))).toBe('ok')
  // The second in which it was issued may have been before that.
  expect(await asked(await tokenOf(new Date(sessionsRevokedAt!)))).toBe(REVOKED)
})

test('who is disabled by hand is refused, and let in again when they are enabled', async () => {
  const { id } = await one.account('ada')
  const token = await tokenOf(new Date(Date.now() + HOUR / 60))
  await one.run(Disable, { userId: id, reason: 'x' })
  expect((await answerAfter(token, 'ok')).answer).toBe(INACTIVE)
  await one.run(Enable, { userId: id, reason: 'x' })
  expect((await answerAfter(token, INACTIVE)).answer).toBe('ok')
})

test('revokeSessions ends what was begun before, within a second, and not what is begun after', async () => {
  const { id } = await one.account('ada')
  const [old, fresh] = [await tokenOf(), await tokenOf(new Date(Date.now() + HOUR / 60))]
  const sockets = [connect(app.url, old), connect(app.url, fresh)] as const
  for (const socket of sockets) await socket.connected
  await one.run(Revoke, { userId: id })
  expect(await sockets[0].closed).toEqual({ code: 4403, reason: 'The credential was revoked or has expired' })
  expect((await answerAfter(old, 'ok')).answer).toBe(REVOKED)
  expect(await connect(app.url, old).closed).toMatchObject({ code: 4403, reason: REVOKED })
  expect(await asked(fresh)).toBe('ok')
  expect((await sockets[1].follow('{ viewer { kind } }').next())?.data).toEqual({ viewer: { kind: 'USER' } })
  await sockets[1].close()
})

test('the same user of AuthKit in another organization, and who has no account here, are let in by their token alone', async () => {
  const other = staff(app, key, `o${tests}`)
  await other.hire('ada', 1)
  await other.run(Link, { directoryUserId: other.id('ada'), externalId: 'u-ada', workosUserId: person })
  await one.fire('ada', 2)
  expect((await answerAfter(await tokenOf(), 'ok')).answer).toBe(INACTIVE)
  expect(await asked(await issuer.token(person, other.organizationId))).toBe('ok')
  expect(await asked(await issuer.token(person, 'org_without_accounts'))).toBe('ok')
})

test('who left long ago, and of whom nothing personal is kept, is refused still', async () => {
  await one.fire('ada', 2)
  const { id } = await one.account('ada')
  const kept = { tombstoneMs: 1, payloadMs: 0, changeMs: 0, deliveryMs: 0, mailMs: 0 }
  await forget({ db: app.db, ...kept, now: new Date(Date.UTC(2027, 0)) }, () => false)
  expect(await one.byId(id)).toMatchObject({ state: 'DELETED', email: null, externalId: null })
  expect(await asked(await tokenOf(new Date(Date.now() + HOUR / 60)))).toBe(INACTIVE)
})
