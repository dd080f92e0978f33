import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, directoryId, event, organizationId, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { waitingLocks } from '../support/waiting-locks.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key(organizationId)
  await app.deliver(event('dsync.activated', directory()))
  await app.deliver(event('dsync.user.created', user('ada')))
  await app.applied()
})
afterAll(() => app.close())

const PEOPLE = `{ directory(id: "${directoryId}") { users { nodes { name groups { nodes { id } } } } } }`
const OTHER = `{ directory(id: "${directoryId}") { users { nodes { name } } } }`

async function rename(name: string): Promise<void> {
  await app.deliver(event('dsync.user.updated', user('ada', { name })))
  await app.applied()
}

test('what changes while an answer is worked out is in the next one, though somebody has asked meanwhile what has come', async () => {
  const named = async (question: string) =>
    /"name":"([^"]*)"/.exec(JSON.stringify((await ask(app.url, key, question)).data))![1]
  for (const question of [PEOPLE, OTHER, PEOPLE, OTHER]) await named(question)
  await rename('First')
  // Its users are read, and their groups have to wait.
  const lock = await app.db.pool.connect()
  await lock.query('begin')
  await lock.query('lock table membership in access exclusive mode')
  const early = named(PEOPLE)
  await until(async () => (await waitingLocks(app.db.pool)) > 0)
  await app.db.pool.query(`update directory_user set name = 'Second'`)
  await app.db.pool.query(
    `with clock as (update change_clock set position = position + 1 returning position)
     insert into change (position, kind, directory_id, organization_id, changed_fields, source, occurred_at)
     select position, 'DIRECTORY_USER_UPDATED', $1, $2, '{name}', 'WEBHOOK', now() from clock`,
    [directoryId, organizationId],
  )
  expect(await named(OTHER)).toBe('Second')
  await lock.query('commit')
  lock.release()
  expect(await early).toBe('First')
  expect(await named(PEOPLE)).toBe('Second')
  expect(await named(PEOPLE)).toBe('Second')
})
