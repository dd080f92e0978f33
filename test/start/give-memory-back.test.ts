import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const giver = new URL('../../src/start/give-memory-back.ts', import.meta.url).href

/**
 * A process that has allocated much, and idles. What V8 says of it, up to the first time that it finds that little is
 * allocated.
 */
const program = `
  import { giveMemoryBack } from ${JSON.stringify(giver)}
  giveMemoryBack()
  const kept = []
  for (let n = 0; n < 400_000; n += 1) kept.push({ n, text: 'x'.repeat(20) + n })
  let garbage = null
  setInterval(() => (garbage = Array.from({ length: 200 }, (_, n) => ({ n }))), 20)
  setTimeout(() => process.exit(kept.length === 0 || garbage === null ? 2 : 1), 40_000)`

test('after a rush V8 finds out that it is quiet, and gives memory back', async () => {
  const flags = ['--trace-memory-reducer', '--gc-memory-reducer-start-delay-ms=3000']
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const said: string[] = []
  try {
    for await (const line of createInterface(child.stdout)) {
      said.push(line)
      if (/finished GC/.test(line)) break
    }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
  expect(said.at(-1)).toContain('finished GC')
})
