import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const hook = new URL('../../src/start/resolve-once.ts', import.meta.url).href
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-resolve-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

const ofModules = JSON.stringify({ type: 'module', exports: './index.js' })

/** What index.mjs of the folder says, in a process where things are looked for once. */
async function run(): Promise<unknown> {
  write({ 'start.mjs': `(await import(${JSON.stringify(hook)})).resolveOnce(); await import('./index.mjs')` })
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, 'start.mjs')])
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

test('each package is given its own version of what both call by the same name', async () => {
  const version = (n: number) => ({ 'package.json': ofModules, 'index.js': `export const version = ${n}` })
  const at = (place: string, files: Readonly<Record<string, string>>) =>
    write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`${place}/${path}`, text])))
  const user = {
    'package.json': ofModules,
    'index.js': `export * from './deep/one.js'; export { again } from './deep/two.js'`,
    'deep/one.js': `export { version } from 'shared'`,
    'deep/two.js': `import * as shared from 'shared'; import * as own from './one.js'; export const again = shared.version === own.version`,
  }
  at('node_modules/shared', version(1))
  at('node_modules/@scope/old', user)
  at('node_modules/@scope/new', user)
  at('node_modules/@scope/new/node_modules/shared', version(2))
  write({
    'index.mjs': `import * as ours from 'shared'; import * as old from '@scope/old'; import * as fresh from '@scope/new'
      console.log(JSON.stringify([ours, old, fresh]))`,
  })
  expect(await run()).toEqual([{ version: 1 }, { version: 1, again: true }, { version: 2, again: true }])
})

test('what is required is looked for as ever: without an ending, in a folder, and as it is exported for that', async () => {
  write({
    'node_modules/both/package.json': JSON.stringify({ exports: { require: './a.cjs', import: './a.mjs' } }),
    'node_modules/both/a.cjs': `exports.way = 'required'`,
    'node_modules/both/a.mjs': `export const way = 'imported'`,
    'node_modules/old/package.json': '{}',
    'node_modules/old/index.js': `module.exports = [require('./one'), require('./folder'), require('both').way]`,
    'node_modules/old/one.js': `module.exports = 'file'`,
    'node_modules/old/folder/index.js': `module.exports = 'folder'`,
    'data.json': '"data"',
    'index.mjs': `import { way } from 'both'; import old from 'old'; import data from './data.json' with { type: 'json' }
      console.log(JSON.stringify([way, old, data]))`,
  })
  expect(await run()).toEqual(['imported', ['file', 'folder', 'required'], 'data'])
})

test('who imports what is not there is told what that is', async () => {
  write({
    'index.mjs': `const told = []
      for (const name of ['./nothing.mjs', 'nothing', 'nothing']) await import(name).catch(({ message }) => told.push(message))
      console.log(JSON.stringify(told))`,
  })
  const missing = expect.stringMatching(/Cannot find package 'nothing' imported from .*index\.mjs/) as string
  expect(await run()).toEqual([expect.stringContaining(join(folder, 'nothing.mjs')), missing, missing])
})
