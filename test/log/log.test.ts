import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const LOG = new URL('../../src/log/log.ts', import.meta.url).href

/** What a process says that logs a line and then ends so. */
async function saidBy(end: string): Promise<string[]> {
  const script = `const { createLog } = await import('${LOG}'); createLog('info').info('last words'); ${end}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return said.split('\n').filter((line) => line !== '')
}

test.for([
  ['has nothing left to do', ''],
  ['fails', `throw new Error('It went wrong')`],
  ['is told to end', 'process.exit(1)'],
])('a process that %s has said everything', async ([, end]) => {
  const lines = await saidBy(end!)
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['last words'])
})

test('a line is not kept for long', async () => {
  const script = `const { createLog } = await import('${LOG}'); createLog('info').info('here'); setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [bytes] = (await once(child.stdout, 'data')) as [Buffer]
    expect(bytes.toString()).toContain('"msg":"here"')
  } finally {
    child.kill()
  }
})
