import { print } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCredentialWatch } from '../../src/auth/watch-credentials.ts'
import { openDatabase } from '../../src/db/database.ts'
import { connect } from '../http/socket.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event } from '../support/events.ts'
import { asServerSentEvents } from '../support/live.ts'
import { EveryChange, WhoAmI } from './operations.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const lastKey = () => app.db.prisma.apiKey.findFirstOrThrow({ orderBy: { id: 'desc' } })

test('a revoked key closes its sockets and ends its streams within a second, and those of no other key', async () => {
  const keeper = connect(app.url, await app.key())
  const kept = keeper.follow(EveryChange)
  await keeper.connected
  const key = await app.key()
  const { id } = await lastKey()
  const sockets = [connect(app.url, key), connect(app.url, key)]
  for (const socket of sockets) await socket.connected
  const followed = sockets[0]!.follow(EveryChange)
  const operation = followed.next().then(
    () => 'went on',
    () => 'broken',
  )
  const stream = asServerSentEvents(app.url, key, { query: print(EveryChange) })
  const streamed = stream.next().catch((error: Error) => error.message)

  // It counts by whichever door it was revoked: this is another process's, or somebody's at the database.
  await app.db.pool.query('update api_key set revoked_at = now() where id = $1', [id])
  const since = performance.now()
  const closings = await Promise.all(sockets.map(({ closed }) => closed))
  expect(closings).toEqual(sockets.map(() => ({ code: 4403, reason: 'The credential was revoked or has expired' })))
  expect(await streamed).toContain('UNAUTHENTICATED')
  expect(performance.now() - since).toBeLessThan(1_000)
  expect(await operation).toBe('broken')
  expect(await connect(app.url, key).closed).toMatchObject({ code: 4403 })

  const next = kept.next()
  await app.deliver(event('dsync.activated', directory()))
  expect((await next)?.data?.changes.id).toMatch(/^change_/)
  await keeper.close()
})

test('a key that expires does the same', async () => {
  const key = await app.key()
  const expiresAt = new Date(Date.now() + 1_500)
  await app.db.prisma.apiKey.update({ where: { id: (await lastKey()).id }, data: { expiresAt } })
  const socket = connect(app.url, key)
  await socket.connected
  expect(await socket.closed).toMatchObject({ code: 4403 })
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime())
  expect(Date.now() - expiresAt.getTime()).toBeLessThan(1_000)
})

const NONE = { register() {} }

test('of those who live by one credential some may leave, and the others are ended with it', async () => {
  const db = openDatabase({ connectionString: 'postgresql://nobody@127.0.0.1:9/none', size: 2, onIdleError: () => {} })
  let at = 0
  const watch = createCredentialWatch({ db, ends: NONE, now: () => new Date(at), onError: () => {} })
  const viewer = { kind: 'USER', id: 'x', organizationId: null, scopes: ['*'], expiresAt: new Date(1) } as const
  const ended: string[] = []
  const last = Promise.withResolvers<void>()
  const left = watch.watch(viewer, () => ended.push('who left'))
  const one = watch.watch(viewer, () => {
    ended.push('one')
    one.close()
  })
  watch.watch({ ...viewer, expiresAt: null }, () => ended.push('whose does not expire'))
  watch.watch(viewer, () => {
    ended.push('another')
    last.resolve()
  })
  for (let n = 0; n < 3; n += 1) left.close()
  at = 1
  await last.promise
  expect(ended).toEqual(['one', 'another'])
  watch.close()
  await db.close()
})

test('what has expired is ended also while the database is away, and what may have been revoked is not', async () => {
  const db = openDatabase({ connectionString: 'postgresql://nobody@127.0.0.1:9/none', size: 2, onIdleError: () => {} })
  const failed = Promise.withResolvers<Error>()
  const watch = createCredentialWatch({ db, ends: NONE, now: () => new Date(), onError: failed.resolve })
  const viewer = { id: 'x', organizationId: null, scopes: ['*'] }
  const ended: string[] = []
  const expired = Promise.withResolvers<void>()
  const expiresAt = new Date(Date.now() + 500)
  watch.watch({ ...viewer, kind: 'API_KEY', expiresAt: null }, () => ended.push('key'))
  watch.watch({ ...viewer, kind: 'USER', expiresAt }, () => {
    ended.push('user')
    expired.resolve()
  })
  await failed.promise
  await expired.promise
  expect(Date.now() - expiresAt.getTime()).toBeLessThan(1_000)
  expect(ended).toEqual(['user'])
  watch.close()
  await db.close()
})

test('a key that is in use is asked for once in a while, not for each request', async () => {
  const key = await app.key()
  const { id } = await lastKey()
  await ask(app.url, key, WhoAmI)
  const used = async () => (await app.db.prisma.apiKey.findUniqueOrThrow({ where: { id } })).lastUsedAt
  const first = await used()
  for (let n = 0; n < 5; n += 1) expect((await ask(app.url, key, WhoAmI)).errors).toBeUndefined()
  expect(first).not.toBeNull()
  expect(await used()).toEqual(first)
})
