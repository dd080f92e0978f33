import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { directory, event } from '../support/events.ts'

const program = fileURLToPath(new URL('../../examples/follow-changes.ts', import.meta.url))

test('the example that follows says that it waits, and then what changes', async () => {
  const app = await startTestApp()
  onTestFinished(() => app.close())
  const cwd = mkdtempSync(join(tmpdir(), 'rollcall-example-'))
  const url = `${app.url}/graphql`
  const child = spawn(process.execPath, [program], { cwd, env: { ROLLCALL_URL: url, ROLLCALL_KEY: await app.key() } })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(cwd, { recursive: true })
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  await expect
    .poll(() => said, { timeout: 20_000 })
    .toEqual({ stdout: '', stderr: `Connected to ${url}, waiting for changes\n` })
  // The subscription begins a moment after the connection.
  let delivered = 0
  const deliver = () => app.deliver(event('dsync.activated', directory({ id: `directory_${(delivered += 1)}` })))
  await expect.poll(() => deliver().then(() => said.stdout), { timeout: 20_000 }).toContain('DirectoryChange')
})
