import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test, vi } from 'vitest'
import { scratchFolder, start } from './left-behind.ts'
import { query } from './query.ts'

vi.setConfig({ testTimeout: 30_000 })

const scratch = scratchFolder()

function closedFolder(): string {
  const closed = join(scratch, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  return closed
}

const places: [string, () => string][] = [
  ['a path with spaces, commas and quotes', () => join(scratch, `it's a "folder", with spaces`)],
  ['a path of more than 120 characters', () => join(scratch, 'deep/'.repeat(10), 'l'.repeat(120))],
  [
    'a relative path under a folder that is closed to others',
    () => relative(process.cwd(), join(closedFolder(), 'data')),
  ],
]

test.each(places)('a server starts on %s', async (_name, place) => {
  const dir = place()
  const server = await start(dir)
  expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  await server.destroy()
})
