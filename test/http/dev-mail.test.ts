import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { createQueueMail } from '../../src/mail/queue-mail.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { send } from './send.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ mode: 'development', env: { JOB_CONCURRENCY: '1' } })
})
afterAll(() => app.close())

const page = async (path: string) => {
  const response = await fetch(`${app.url}${path}`)
  const { headers } = response
  return {
    status: response.status,
    policy: headers.get('content-security-policy'),
    type: headers.get('content-type'),
    html: await response.text(),
  }
}

test('a developer sees what was mailed: a list, and each mail with its text and its HTML in a frame that runs nothing', async () => {
  expect((await page('/dev/mail')).html).toContain('None so far')
  const id = await inTransaction(app.db.pool, (tx) =>
    createQueueMail('<i>Acme</i>')(tx, {
      kind: 'STALLED',
      key: 'one',
      to: 'owner@acme.example',
      values: { list: ['<script>alert(1)</script>'] },
    }),
  )
  await until(async () => (await page('/dev/mail')).html.includes('LOGGED'))
  const list = await page('/dev/mail/')
  expect([list.status, list.type]).toEqual([200, 'text/html; charset=utf-8'])
  expect(list.html).toContain(`<a href="/dev/mail/${id}">&#60;i&#62;Acme&#60;/i&#62;: directory sync has stalled</a>`)
  expect(list.html).toContain('<td>owner@acme.example</td>')

  const mail = await page(`/dev/mail/${id}`)
  expect(mail.policy).toMatch(/^default-src 'none'; .*frame-src 'self'; form-action 'none'; frame-ancestors 'none'$/)
  expect(mail.html).toContain(
    `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/dev/mail/${id}/html">`,
  )
  expect(mail.html).toContain('- &#60;script&#62;alert(1)&#60;/script&#62;')

  const html = await page(`/dev/mail/${id}/html`)
  expect(html.policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; /)
  expect(html.html).toContain('<li>&#60;script&#62;alert(1)&#60;/script&#62;</li>')
  for (const { html } of [list, mail, await page(`/dev/mail/${id}/html`)]) expect(html).not.toMatch(/<script|<i>/)
})

test('what there is not is not found', async () => {
  for (const path of ['/dev/mail/none', '/dev/mail/none/html', "/dev/mail/'", '/dev/mail/%00', '/dev/mailbox', '/dev'])
    expect([path, (await page(path)).status]).toEqual([path, 404])
})

test('no foreign page gets at it, by naming this address or by pointing a name of its own at it', async () => {
  const foreign = { origin: 'https://evil.example' }
  expect((await send(`${app.url}/dev/mail`, { method: 'GET', headers: foreign })).status).toBe(403)
  expect((await send(`${app.url}/dev/mail`, { method: 'GET', headers: { host: 'evil.example' } })).status).toBe(403)
})

test('there is none in production, nor in development where others can reach it', async () => {
  for (const options of [{}, { mode: 'development', env: { HOST: '0.0.0.0' } }] as const) {
    const other = await startTestApp({ connectionString: app.connectionString, ...options })
    try {
      const response = await fetch(`http://127.0.0.1:${other.port}/dev/mail`)
      expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('There is nothing here')])
    } finally {
      await other.close()
    }
  }
})
