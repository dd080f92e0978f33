import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, type Answer } from '../support/client.ts'
import { directory, event } from '../support/events.ts'
import { withoutDatabase } from './outage.ts'
import { send, signature } from './send.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const Names = graphql(`
  query OutageNames {
    directories {
      nodes {
        name
      }
    }
  }
`)
const get = (path: string) => send(`${app.url}${path}`, { method: 'GET' })

test('while the database is away, WorkOS is told to come back, and when it is there again nothing is lost', async () => {
  const key = await app.key()
  const body = JSON.stringify(event('dsync.activated', directory(), 1, 'event_outage'))
  const deliver = () => send(`${app.url}/webhooks/workos`, { method: 'POST', headers: signature(body) }, body)

  expect((await get('/health/ready')).status).toBe(200)
  const known = await app.key()
  await ask(app.url, known, Names)
  await withoutDatabase(app, async () => {
    const refused = await deliver()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused.body).not.toMatch(/test_[0-9a-f]{32}|connect|postgres/i)

    const ready = await get('/health/ready')
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.body)).toEqual({ status: 'not ready', problems: { database: 'does not respond' } })
    expect((await get('/health/live')).status).toBe(200)

    // One credential has to be looked up, and the other was just now.
    for (const credential of [known, key]) {
      const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
      const query = '{ directories { nodes { name } } }'
      const answer = await send(`${app.url}/graphql`, { method: 'POST', headers }, JSON.stringify({ query }))
      expect(answer.status).toBe(503)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      const { data, errors } = JSON.parse(answer.body) as Answer<object>
      expect(data ?? null).toBeNull()
      expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAVAILABLE' }])
      expect(answer.body).not.toMatch(/database|connect|postgres/i)
    }
  })
  expect((await deliver()).status).toBe(200)
  await app.applied()
  expect((await get('/health/ready')).status).toBe(200)
  expect((await ask(app.url, key, Names)).data).toEqual({ directories: { nodes: [{ name: 'Test directory' }] } })
})
