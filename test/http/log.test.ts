import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { withoutDatabase } from './outage.ts'
import { connect } from './socket.ts'
import { send } from './send.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ env: { LOG_LEVEL: 'trace' } })
})
afterAll(() => app.close())

const PERSONAL = /grace|hopper|amazing|navy|555-0100|compilers/i

test('nothing that is logged in a whole life names anybody, nor holds a secret', async () => {
  const grace = user('u1', {
    first_name: 'Grace',
    last_name: 'Hopper',
    name: 'Grace Hopper',
    email: 'grace@navy.example',
    username: 'amazing',
    custom_attributes: { phone: '555-0100' },
  })
  const compilers = group('g1', { name: 'Compilers' })
  const key = await app.key()
  const deliver = (each: object | string) => app.deliver(each)
  await deliver(event('dsync.activated', directory({ name: 'Navy directory' })))
  await deliver(event('dsync.user.created', grace))
  await deliver(event('dsync.group.created', compilers))
  await deliver(event('dsync.group.user_added', member(compilers, grace)))
  await deliver(event('dsync.user.updated', { ...grace, state: 'Grace Hopper', email: 5 })) // cannot be applied
  await deliver(event('dsync.user.created', { ...grace, id: null })) // cannot be decoded
  await deliver('{"name": "Grace Hopper"') // cannot be parsed
  await deliver(event('user.created', grace)) // is not for us
  const bad = { method: 'POST', headers: { 'workos-signature': 't=1, v1=grace' } }
  await send(`${app.url}/webhooks/workos?email=grace@navy.example`, bad, JSON.stringify(grace))
  await app.applied()

  const search = `query { directoryUsers(filter: { email: "grace@navy.example", search: "hopper" }) { nodes { name groups { nodes { name } } } } }`
  expect(JSON.stringify(await ask(app.url, key, search))).toContain('Grace Hopper')
  await ask(
    app.url,
    key,
    '{ directoryUsers(filter: { email: "grace@navy.example" }, after: "grace") { nodes { id } } }',
  )
  await ask(app.url, key, '{ hopper }')
  await ask(app.url, 'rck_grace', search)
  await send(`${app.url}/graphql?query=${encodeURIComponent(search)}`, {
    method: 'GET',
    headers: { authorization: `Bearer ${key}` },
  })
  await send(`${app.url}/users/grace@navy.example`, { method: 'GET' })
  const socket = connect(app.url, key)
  expect((await socket.follow(search).next())?.data).toBeTruthy()

  // Faults say more than anything else.
  await app.db.pool.query('alter table membership rename to membership_away')
  await ask(app.url, key, search)
  await socket.follow(search).next()
  await app.db.pool.query('alter table membership_away rename to membership')
  await app.db.pool.query(
    `alter table inbox_event add constraint "no grace" check (not encode(body, 'escape') like '%refused%')`,
  )
  expect(await deliver(event('dsync.user.updated', { ...grace, last_name: 'Hopper-refused' }))).toBe(503)
  await app.db.pool.query('alter table inbox_event drop constraint "no grace"')
  await withoutDatabase(app, async () => {
    await ask(app.url, key, search)
    await deliver(event('dsync.user.updated', grace))
  })
  await socket.close()

  const lines = app.lines.map((line) => JSON.stringify(line))
  expect(lines.filter((line) => PERSONAL.test(line.replaceAll('no grace', '')))).toEqual([])
  expect(lines.filter((line) => line.includes(key.slice(10)) || line.includes('whsec_'))).toEqual([])
  expect(app.lines.filter(({ level }) => Number(level) >= 50).length).toBeGreaterThanOrEqual(4)
})

test('each request is one line: its method, path, status and time', async () => {
  const before = app.lines.length
  await send(`${app.url}/health/live?x=y`, { method: 'GET' })
  await send(`${app.url}/${'long'.repeat(1_000)}`, { method: 'GET' })
  await send(`${app.url}/setup/token`, { method: 'GET' })
  await expect.poll(() => app.lines.slice(before).filter(({ msg }) => msg === 'request').length).toBe(3)
  const [live, long, setup] = app.lines.slice(before).filter(({ msg }) => msg === 'request')
  expect(live).toMatchObject({ method: 'GET', path: '/health/live', status: 200, finished: true })
  expect(live!.ms).toBeGreaterThanOrEqual(0)
  expect(long).toMatchObject({ status: 404, path: 'elsewhere' })
  expect(setup).toMatchObject({ status: 404, path: '/setup' })
})
