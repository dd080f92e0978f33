import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
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
  await withoutDatabase(app, async () => {
    const refused = await deliver()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused.body).not.toMatch(/test_[0-9a-f]{32}|connect|postgres/i)

    const ready = await get('/health/ready')
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.body)).toEqual({ status: 'not ready', problems: { database: 'does not answer' } })
    expect((await get('/health/live')).status).toBe(200)

    const { data, errors } = await ask(app.url, key, Names)
    expect(data).toBeUndefined()
    expect(errors).toHaveLength(1)
    expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' })
    expect(errors![0]!.message).not.toMatch(/database|connect|postgres/i)
  })
  expect((await deliver()).status).toBe(200)
  await app.applied()
  expect((await get('/health/ready')).status).toBe(200)
  expect((await ask(app.url, key, Names)).data).toEqual({ directories: { nodes: [{ name: 'Test directory' }] } })
})
