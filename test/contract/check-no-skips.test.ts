import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

test('before any test run, the check for skipped tests says in one line to run them first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-report-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'scripts'))
  const script = join(folder, 'scripts', 'check-no-skips.mts') // outside of the project nothing says that it is a module
  copyFileSync(fileURLToPath(new URL('../../scripts/check-no-skips.ts', import.meta.url)), script)
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^[^\n]*npm test[^\n]*first\n$/)
})
