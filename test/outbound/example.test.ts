import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('../../examples/receive-webhooks.ts', import.meta.url))
const secret = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`

test('the example takes what is signed, once, and refuses the rest', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'rollcall-example-'))
  const child = spawn(process.execPath, [program], {
    cwd,
    env: { WEBHOOK_SECRET: `whsec_bm90aGluZw==,${secret}`, PORT: '0' },
  })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(cwd, { recursive: true })
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await expect.poll(() => said, { timeout: 20_000 }).toMatch(/port: \d+/)
  const port = /port: (\d+)/.exec(said)![1]
  const body = JSON.stringify({
    type: 'directory_user.deleted',
    timestamp: 'now',
    data: { directoryUserId: 'directory_user_ada' },
  })
  const send = async (id: string, signed: string, at = new Date()) => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, signed),
    }
    return (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })).status
  }
  expect(await send('msg_1', body)).toBe(204)
  expect(await send('msg_1', body)).toBe(204)
  expect(await send('msg_2', `${body} `)).toBe(401)
  expect(await send('msg_3', body, new Date(Date.now() - 3_600_000))).toBe(401)
  expect(said.match(/end the access of directory_user_ada/g)).toHaveLength(1)
  expect(readFileSync(join(cwd, 'rollcall-webhooks.ids'), 'utf8')).toBe('msg_1\n')
})

test('without a secret, the example says where it comes from instead of refusing everything', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env: { PORT: '0' }, timeout: 20_000 })
  expect([status, stdout.toString()]).toEqual([1, ''])
  expect(stderr.toString()).toBe(
    'WEBHOOK_SECRET must be the secret in the response to createWebhookEndpoint: whsec_…\n',
  )
})
