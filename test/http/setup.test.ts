import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { withoutDatabase } from './outage.ts'

let simulator: Simulator
/** Stands before the simulator and counts the links that are asked for. */
let counter: Server
let counterUrl: string
let made = 0
let app: TestApp
let key: string
let organizationId: string
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', announces: false, directories: 1, usersPerDirectory: 1 })
  counter = createServer((asked, answer) => {
    if (asked.url === '/portal/generate_link') made += 1
    const { method, headers } = asked
    const passed = request(`${simulator.url}${asked.url}`, {
      method,
      headers: { ...headers, host: new URL(simulator.url).host },
    })
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    asked.pipe(passed)
  })
  await once(counter.listen(0, '127.0.0.1'), 'listening')
  counterUrl = `http://127.0.0.1:${(counter.address() as AddressInfo).port}`
  // In development nothing is really mailed, and links lead to this server.
  app = await startTestApp({
    workosUrl: counterUrl,
    mode: 'development',
    env: { SETUP_INVITATIONS_PER_HOUR: '1000', MAIL_FROM: 'Acme <no-reply@acme.example>', JOB_CONCURRENCY: '1' },
  })
  key = await app.key()
  organizationId = simulator.store.organizations()[0]!.id
})
beforeEach(async () => {
  await app.db.pool.query(`delete from setup_invitation`)
})
afterEach(() => simulator.faults.clear())
afterAll(async () => {
  await app.close()
  counter.closeAllConnections()
  counter.close()
  await simulator.close()
})

const Send = graphql(`
  mutation SendForSetup($input: SendSetupInvitationInput!) {
    sendSetupInvitation(input: $input) {
      ... on SetupInvitation {
        id
        url
      }
    }
  }
`)
async function invite(): Promise<{ id: string; url: string }> {
  const input = { organizationId, email: 'it@bolt.example', successUrl: 'https://app.example/connected' }
  const { sendSetupInvitation: sent } = await query(app.url, key, Send, { input })
  if (!('url' in sent) || sent.url == null) throw new Error(JSON.stringify(sent))
  return { id: sent.id, url: sent.url }
}
const press = (url: string) => fetch(url, { method: 'POST', redirect: 'manual' })
const links = () => made
const uses = async (id: string) => {
  const { uses, lastUsedAt } = await app.db.prisma.setupInvitation.findUniqueOrThrow({ where: { id } })
  return { uses, wasUsed: lastUsedAt !== null }
}
const PRIVATE = ['no-store', 'no-referrer']
const privacy = ({ headers }: Response) => [headers.get('cache-control'), headers.get('referrer-policy')]

test('the link shows a page with one button, which leads to the portal, as often as it is pressed', async () => {
  const { id, url } = await invite()
  expect(url).toMatch(new RegExp(`^${app.url}/setup/[\\w-]{43}$`))
  const page = await fetch(url)
  expect([page.status, page.headers.get('content-type'), ...privacy(page)]).toEqual([
    200,
    'text/html; charset=utf-8',
    ...PRIVATE,
  ])
  const html = await page.text()
  expect(html).toContain('<form method="post"><button>')
  expect(html).toContain('Acme asks you')
  expect(await uses(id)).toEqual({ uses: 0, wasUsed: false })
  for (const times of [1, 2]) {
    const opened = await press(url)
    expect([opened.status, ...privacy(opened)]).toEqual([303, ...PRIVATE])
    const portal = await fetch(opened.headers.get('location')!)
    expect([portal.status, await portal.text()]).toEqual([200, expect.stringContaining('Intent dsync')])
    expect(await uses(id)).toEqual({ uses: times, wasUsed: true })
  }
  const portal = (await press(url)).headers.get('location')!
  const connected = await fetch(`${portal}/okta`, { method: 'POST', redirect: 'manual' })
  expect(connected.headers.get('location')).toBe('https://app.example/connected')
})

test('the page loads nothing from anywhere, is framed by nobody, and sends its form here and on to the portal alone', async () => {
  const { url } = await invite()
  const page = await fetch(url)
  const policy = page.headers.get('content-security-policy')!
  expect(policy.split('; ').filter((part) => !part.startsWith('style-src'))).toEqual([
    `default-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self' https: ${counterUrl}`,
    `frame-ancestors 'none'`,
  ])
  expect(await page.text()).not.toMatch(/<script|\ssrc=|\shref=|url\(|\son\w+=/i)
})

test('whoever only looks, such as a scanner of mail, makes no link and leaves no trace', async () => {
  const { id, url } = await invite()
  const before = links()
  for (let n = 0; n < 15; n += 1) {
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, ...privacy(head), await head.text()]).toEqual([200, ...PRIVATE, ''])
    expect((await fetch(`${url}?utm=1`)).status).toBe(200)
  }
  for (const method of ['PUT', 'DELETE', 'OPTIONS']) {
    const refused = await fetch(url, { method })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  }
  expect(links()).toBe(before)
  expect(await uses(id)).toEqual({ uses: 0, wasUsed: false })
})

test('a link that expired, was revoked or never was answers the same, and names nobody', async () => {
  const [expired, revoked, unknown] = [await invite(), await invite(), await invite()]
  await app.db.prisma.setupInvitation.update({
    where: { id: expired.id },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
  await ask(app.url, key, `mutation { revokeSetupInvitation(input: { id: "${revoked.id}" }) { __typename } }`)
  await app.db.prisma.setupInvitation.delete({ where: { id: unknown.id } })
  const before = links()
  const answers = []
  const token = unknown.url.slice(-43)
  const garbage = [
    '',
    'x',
    `${token}x`,
    token.toLowerCase(),
    `${token}/`,
    '%00',
    "' or '1'='1",
    '..%2f..%2fetc',
    'é'.repeat(43),
  ]
  const urls = [expired.url, revoked.url, unknown.url, ...garbage.map((one) => `${app.url}/setup/${one}`)]
  for (const url of urls)
    for (const method of ['GET', 'POST']) {
      const response = await fetch(url, { method, redirect: 'manual' })
      answers.push(`${response.status} ${response.headers.get('content-security-policy')} ${await response.text()}`)
    }
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toMatch(/^404 .*This link is not valid/s)
  expect(answers[0]).not.toMatch(/org_|bolt|Acme/)
  expect(links()).toBe(before)
})

test('a link is pressed ten times in a minute at the most, counted over all instances, and others are not held up by it', async () => {
  const second = await startTestApp({ workosUrl: counterUrl, connectionString: app.connectionString })
  try {
    const [{ id, url }, other] = [await invite(), await invite()]
    const before = links()
    const elsewhere = url.replace(app.url, second.url)
    const statuses = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => (await press(n % 2 === 0 ? url : elsewhere)).status),
    )
    expect(statuses.sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 10 }, () => 303),
      ...Array.from({ length: 6 }, () => 429),
    ])
    expect(links() - before).toBe(10)
    const limited = await press(url)
    expect(limited.status).toBe(429)
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(limited.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect((await fetch(url)).status).toBe(200)
    expect((await press(other.url)).status).toBe(303)
    await app.db.pool.query(
      `update setup_invitation set clicks_since = clicks_since - interval '1 minute' where id = $1`,
      [id],
    )
    expect((await press(url)).status).toBe(303)
  } finally {
    await second.close()
  }
})

test('where WorkOS fails, the admin is asked to come back, the link stays good, and the failure is not counted as a use', async () => {
  const { id, url } = await invite()
  simulator.faults.set({ serverError: {} })
  const later = await press(url)
  expect([later.status, later.headers.get('retry-after'), ...privacy(later)]).toEqual([503, '30', ...PRIVATE])
  expect(await later.text()).toContain('The link remains valid')
  simulator.faults.clear()
  expect(await uses(id)).toEqual({ uses: 0, wasUsed: false })
  expect((await press(url)).status).toBe(303)
})

test('where WorkOS refuses this server, trying again is not advised', async () => {
  const stranger = await createSimulator({ apiKey: 'sk_other', announces: false, directories: 1, usersPerDirectory: 1 })
  const misled = await startTestApp({ workosUrl: stranger.url, connectionString: app.connectionString })
  try {
    const { url } = await invite()
    const refused = await press(url.replace(app.url, misled.url))
    expect([refused.status, await refused.text()]).toEqual([
      502,
      expect.stringContaining('Something needs to be fixed first'),
    ])
  } finally {
    await misled.close()
    await stranger.close()
  }
})

test('while the database is away, the admin is asked to come back', async () => {
  const { url } = await invite()
  const { status, body } = await withoutDatabase(app, async () => {
    const response = await fetch(url)
    return { status: response.status, body: await response.text() }
  })
  expect([status, body]).toEqual([503, expect.stringContaining('Try again in a moment')])
})

test('names are shown as they are, and are no HTML; the log does not have the token', async () => {
  await app.db.pool.query('update organization set name = $1', ['<b>Bolt</b> & "Co"'])
  const { url } = await invite()
  expect(await (await fetch(url)).text()).toContain('for &#60;b&#62;Bolt&#60;/b&#62; &#38; &#34;Co&#34;.')
  await press(url)
  const logged = app.lines.filter(({ path }) => path === '/setup')
  expect(logged.length).toBeGreaterThan(1)
  expect(JSON.stringify(app.lines)).not.toContain(url.slice(-43))
})

test('a body that somebody sends along is not read', async () => {
  const { url } = await invite()
  const response = await fetch(url, { method: 'POST', redirect: 'manual', body: 'x'.repeat(1_000_000) })
  expect([response.status, response.headers.get('connection')]).toEqual([303, 'close'])
})
