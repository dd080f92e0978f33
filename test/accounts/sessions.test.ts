// Sessions of AuthKit end with access: noted in the transaction that takes it away, worked off until WorkOS has done
// it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { startServerProcess } from '../support/server-process.ts'
import { deliver } from '../support/app.ts'
import { event, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { Disable, Enable, Link, Revoke, Upsert } from './operations.ts'
import { staff, type Staff } from './staff.ts'

let workos: Simulator
let app: TestApp
let key: string
beforeAll(async () => {
  workos = await createSimulator({ apiKey: 'sk_test', directories: 0, announces: false })
  app = await startTestApp({ workosUrl: workos.url })
  key = await app.key()
})
afterAll(async () => {
  await app.close()
  await workos.close()
})

let one: Staff
let person: string
let tests = 0
beforeEach(() => {
  tests += 1
  one = staff(app, key, `w${tests}`)
  person = `user_${tests}`
})

/** Somebody of the directory who is this user of AuthKit. */
async function member(): Promise<string> {
  await one.hire('ada', 1)
  await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-ada', workosUserId: person })
  return (await one.account('ada')).id
}

const signIn = (organizationId?: string) => workos.actions.signIn({ workosUserId: person, organizationId }).session.id
const active = () =>
  workos.store
    .sessions(person)
    .filter(({ status }) => status === 'active')
    .map(({ id }) => id)
const pending = async () =>
  (await app.db.pool.query('select attempts, error, done_at from session_revocation where workos_user_id = $1', [person])).rows // oxfmt-ignore
const done = () => until(async () => (await pending()).some(({ done_at: at }: { done_at: Date | null }) => at !== null))

test('all sessions of somebody who leaves end, however many, and those of another organization do not', async () => {
  const id = await member()
  for (let n = 0; n < 110; n += 1) signIn(n % 2 === 0 ? one.organizationId : undefined)
  const elsewhere = signIn('org_elsewhere')
  await one.fire('ada', 2)
  expect((await one.byId(id)).state).toBe('INACTIVE')
  await done()
  expect(active()).toEqual([elsewhere])
})

test('a revocation is tried again until it is done, with a pause that grows', async () => {
  await member()
  signIn(one.organizationId)
  workos.faults.set({ serverError: { count: 2, match: '/user_management' } })
  await one.fire('ada', 2)
  await until(async () => (await pending()).some(({ error }: { error: string | null }) => error !== null))
  expect(active()).toHaveLength(1)
  expect((await pending())[0]).toMatchObject({ error: 'WorkOS failed to respond', done_at: null })
  await done()
  expect(active()).toEqual([])
  expect((await pending())[0]).toMatchObject({ attempts: 3, error: null })
  expect(JSON.stringify(app.lines.filter(({ level }) => level === 50))).toContain('sessions')
})

test('sessions that somebody has begun since they came back are left', async () => {
  await member()
  const old = signIn(one.organizationId)
  workos.faults.set({ serverError: { count: 1, match: '/user_management' } })
  await one.fire('ada', 2)
  await until(async () => (await pending()).some(({ error }: { error: string | null }) => error !== null))
  await one.hire('ada', 3)
  const fresh = signIn(one.organizationId)
  // WorkOS's clock is known here to the second: as if it were a while later.
  const later = new Date(Date.now() + 10_000).toISOString()
  workos.store.putSession({ ...workos.store.session(fresh)!, created_at: later })
  await app.db.pool.query(`update session_revocation set next_attempt_at = now() - interval '1 second' where workos_user_id = $1`, [person]) // oxfmt-ignore
  await done()
  expect(active()).toEqual([fresh])
  expect(workos.store.session(old)).toMatchObject({ status: 'revoked' })
})

test('revokeSessions and disableUser end them too, each time anew', async () => {
  const id = await member()
  for (const end of [
    () => one.run(Revoke, { userId: id }),
    () => one.run(Disable, { userId: id, reason: 'x' }),
    async () => {
      await one.run(Enable, { userId: id, reason: 'x' })
      signIn(one.organizationId)
      await one.run(Revoke, { userId: id })
    },
  ]) {
    signIn(one.organizationId)
    await end()
    await expect.poll(active).toEqual([])
  }
})

test('of whom it is learnt only after they left which user of AuthKit they are, the sessions end as well', async () => {
  await one.hire('ada', 1)
  await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-ada' })
  await one.fire('ada', 2)
  signIn(one.organizationId)
  await one.run(Upsert, { organizationId: one.organizationId, users: [{ externalId: 'u-ada', workosUserId: person }] })
  await expect.poll(active).toEqual([])
})

test('whom WorkOS does not know has no sessions, and nothing is tried again', async () => {
  await member()
  await one.fire('ada', 2)
  await done()
  expect((await pending())[0]).toMatchObject({ attempts: 1, error: null })
})

test('an instance that is killed before it could tell WorkOS leaves it to the next one', async () => {
  await member()
  signIn(one.organizationId)
  workos.faults.set({ slow: { match: '/user_management', delayMs: 60_000 } })
  const first = await startServerProcess(app.connectionString, { WORKOS_API_BASE_URL: workos.url })
  const leaver = user(`w${tests}-ada`, { directory_id: one.directoryId, organization_id: one.organizationId })
  await deliver(first.url, event('dsync.user.deleted', leaver, 2))
  await until(async () => (await pending()).length > 0)
  await first.end('SIGKILL')
  expect(active()).toHaveLength(1)
  workos.faults.clear()
  // Whoever had taken it has it for two minutes.
  await app.db.pool.query(`update session_revocation set next_attempt_at = now() - interval '1 second' where workos_user_id = $1`, [person]) // oxfmt-ignore
  await until(() => Promise.resolve(active().length === 0))
})
