import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { exampleTabs } from '../../src/http/graphql/graphiql-tabs.ts'
import { gone, isRunning } from '../db/embedded/left-behind.ts'
import { serversOn } from '../db/embedded/servers-on.ts'
import { ask } from '../support/client.ts'
import { overWebSocket } from '../support/live.ts'
import { until } from '../support/until.ts'
import { databaseFolder, databasePid, startDev, workFolder, type Dev } from './dev-process.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const LONG = process.env.LONG_TESTS === '1'
const SOON = 10_000 // a clean shutdown takes a fraction of it, but the machine may be busy

describe('npm run dev', () => {
  const work = workFolder()
  let dev: Dev
  let url: string
  let hired: string
  beforeAll(async () => {
    dev = startDev(work)
    url = (await dev.addresses).url
  })

  test('says one line: where to look', async () => {
    const { simulator } = await dev.addresses
    expect(dev.said()).toBe(
      `Rollcall: GraphiQL at ${url}/graphql, fed by a simulated WorkOS at ${simulator}/_simulator (Ctrl-C ends both)\n`,
    )
    expect(dev.complained()).toBe('')
    expect((await fetch(`${simulator}/_simulator`)).status).toBe(200)
  })

  test('answers with the people of the simulated company, without a credential', async () => {
    await until(async () => (await count(url)).users > 100)
    const { directories } = await count(url)
    expect(directories).toBe(3)
  })

  test('serves GraphiQL as one page that needs nothing from elsewhere', async () => {
    const response = await fetch(url, { headers: { accept: 'text/html' } })
    expect([response.status, response.url]).toEqual([200, `${url}/graphql`])
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    const page = await response.text()
    const markup = page.replaceAll(/(<(script|style)\b[^>]*>).*?<\/\2>/gs, '$1')
    expect(
      [...markup.matchAll(/\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)/g)].map((match) => match[1]!.slice(0, 30)),
    ).toEqual([
      'data:image/x-icon;base64,AAABA', // the icon is in the page too
    ])
    expect(page).not.toMatch(/(\bimport|\bfetch|Worker|\burl|importScripts)\s*\(\s*["'`]?(https?:)?\/\//)
    expect(page).not.toMatch(/@import\s+["'](https?:)?\/\//)
    const { simulator } = await dev.addresses
    expect(page).toContain(`#   ${simulator}/_simulator/actions/offboard `)
    for (const { query } of exampleTabs(simulator)) expect(page).toContain(JSON.stringify(query).slice(1, 40))
  })

  const tabs = exampleTabs(null).map(({ query }) => ({
    query,
    name: /^(?:query|subscription) (\w+)/m.exec(query)![1]!,
  }))
  const subscriptions = tabs.filter(({ query }) => /^subscription /m.test(query))
  const queries = tabs.filter((tab) => !subscriptions.includes(tab))

  test.each(queries)('the example tab $name works as it is', async ({ query }) => {
    const { data, errors } = await ask<object, object>(url, null, query)
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data).length).toBeGreaterThan(1_000)
  })

  test.each(subscriptions)('the example tab $name shows what happens', async ({ query }) => {
    const { simulator } = await dev.addresses
    const live = overWebSocket<{ changes: { cursor: string } }>(url, null, { query })
    const first = await live.next() // the company lives
    const offboard = await fetch(`${simulator}/_simulator/actions/offboard`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(offboard.ok).toBe(true)
    const second = await live.next()
    expect(second.changes.cursor).not.toBe(first.changes.cursor)
  })

  test('ends everything with Ctrl-C, says no more, and leaves no process', async () => {
    const database = databasePid(work)
    const { simulator } = await dev.addresses
    const live = overWebSocket(url, null, { query: 'subscription { changes { cursor } }' })
    const hire = await fetch(`${simulator}/_simulator/actions/hire`, { method: 'POST', body: '{}' })
    hired = ((await hire.json()) as { user: { id: string } }).user.id
    await live.next()
    await end(dev)
    expect(isRunning(database)).toBe(false)
    expect(existsSync(`${databaseFolder(work)}.url`)).toBe(false)
    for (const address of [url, simulator]) await expect(fetch(address)).rejects.toThrow('fetch failed')
    expect(dev.said()).toMatch(/^Rollcall: [^\n]*\n$/)
    expect(dev.complained()).toBe('')
  })

  test('finds its data at the next start, and the companies as they had become', async () => {
    dev = startDev(work)
    const { simulator } = await dev.addresses
    url = (await dev.addresses).url
    const { users, changes } = await count(url)
    expect(users).toBeGreaterThan(100)
    expect(changes).toBeGreaterThan(100)
    const authorization = 'Bearer sk_test_simulator'
    expect((await fetch(`${simulator}/directory_users/${hired}`, { headers: { authorization } })).status).toBe(200)
  })

  test('killed with SIGKILL loses no row that was seen and leaves no database running, and starts again', async () => {
    const database = databasePid(work)
    const seen = new Set<string>()
    const live = overWebSocket<{ changes: { id: string } }>(url, null, { query: 'subscription { changes { id } }' })
    while (seen.size < 10) seen.add((await live.next()).changes.id)
    dev.signal('SIGKILL')
    expect(await gone(database, SOON)).toBeLessThan(SOON)
    dev = startDev(work)
    url = (await dev.addresses).url
    const { data } = await ask<{ changes: { nodes: { id: string }[] } }, object>(
      url,
      null,
      '{ changes(last: 100) { nodes { id } } }',
    )
    const kept = new Set(data!.changes.nodes.map(({ id }) => id))
    expect([...seen].filter((id) => !kept.has(id))).toEqual([])
  })

  test.concurrent('will not be two on one folder: the second waits, says so, and gives up, and the first goes on', async () => {
    const second = startDev(work)
    expect(await second.exited).toBe(1)
    expect(second.said()).toBe('')
    expect(second.complained()).toMatch(/^Waiting [^\n]*\n[^\n]*data folder[^\n]*\n$/)
    expect((await count(url)).users).toBeGreaterThan(100)
  })

  test.concurrent('interrupted again and again while it begins leaves no process, and begins where it can', async () => {
    const fresh = workFolder()
    for (const ms of LONG ? [0, 100, 250, 500, 900, 1_400, 2_000] : [0, 900]) {
      const early = startDev(fresh)
      await sleep(ms) // so that each is at something else
      early.signal('SIGINT')
      await early.exited
      expect(early.complained()).toBe('')
    }
    await until(async () => !existsSync(databaseFolder(fresh)) || serversOn(databaseFolder(fresh)).length === 0)
    const last = startDev(fresh)
    const { url } = await last.addresses
    await until(async () => (await count(url)).users > 0)
    await end(last)
  })

  test('does not mix the simulated companies with those of a real WorkOS', async () => {
    await end(dev)
    const real = {
      WORKOS_API_KEY: 'sk_test',
      WORKOS_WEBHOOK_SECRET: 'whsec_test',
      WORKOS_API_BASE_URL: 'http://127.0.0.1:9',
    }
    const refused = startDev(work, real)
    expect(await refused.exited).toBe(1)
    expect(refused.complained()).toBe(
      'The settings cannot be used:\n' +
        '- DATA_DIR: data folder holds the simulated companies; with WORKOS_API_KEY, set a different folder, such as .data-workos\n',
    )
    expect(serversOn(databaseFolder(work))).toEqual([])
  })

  test.each(['PORT', 'SIMULATOR_PORT'])(
    'with %s in use says so in one line, and leaves nothing running',
    async (name) => {
      await end(dev)
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      const refused = startDev(work, { [name]: String(port) })
      expect(await refused.exited).toBe(1)
      expect(refused.said()).toBe('')
      expect(refused.complained()).toBe(`${name}: port ${port} is in use; stop what uses it, or set a different one\n`)
      expect(serversOn(databaseFolder(work))).toEqual([])
      other.close()
    },
  )
})

async function end(dev: Dev): Promise<void> {
  const from = performance.now()
  dev.signal('SIGINT')
  expect(await dev.exited).toBe(0)
  expect(performance.now() - from).toBeLessThan(SOON)
}

async function count(url: string): Promise<{ directories: number; users: number; changes: number }> {
  const query = '{ directories { totalCount nodes { userCount } } changes { totalCount } }'
  interface Data {
    directories: { totalCount: number; nodes: { userCount: number }[] }
    changes: { totalCount: number }
  }
  const { data, errors } = await ask<Data, object>(url, null, query)
  if (data == null) throw new Error(JSON.stringify(errors))
  const users = data.directories.nodes.reduce((sum, { userCount }) => sum + userCount, 0)
  return { directories: data.directories.totalCount, users, changes: data.changes.totalCount }
}
