// What was read is garbage as soon as nobody needs it, also where one statement follows the other for a long time.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../src/db/client.ts'
import { createTestDatabase } from '../support/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('rows that were read do not pile up', async () => {
  const reader = fileURLToPath(new URL('read-many.ts', import.meta.url))
  // In a process of its own, of which nothing else is in memory.
  const { stdout } = await promisify(execFile)(process.execPath, [reader, database.connectionString])
  const { first, most } = JSON.parse(stdout) as { first: number; most: number }
  // 150 MB are read. As pg promises them, 40 are there at once.
  expect((most - first) / 1_048_576).toBeLessThan(20)
})

test('a statement that fails says where it was asked', async () => {
  const client: pg.Client = new Client({ connectionString: database.connectionString })
  await client.connect()
  const askWrongly = async (): Promise<unknown> => client.query('select nothing_of_the_kind')
  try {
    const error = await askWrongly().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: '42703', stack: expect.stringContaining('client.test.ts') as string })
  } finally {
    await client.end()
  }
})

test('who brings a callback, or an object that tells by itself, is told so', async () => {
  const client: pg.Client = new Client({ connectionString: database.connectionString })
  await client.connect()
  try {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    expect(client.query('select 1 as one', (_error, { rows }) => resolve(rows))).toBeUndefined()
    expect(await promise).toEqual([{ one: 1 }])
    const query = new pg.Query<{ one: number }>('select 2 as one')
    const rows: unknown[] = []
    query.on('row', (row) => rows.push(row))
    const ended = new Promise((resolve) => query.on('end', resolve))
    expect(client.query(query)).toBe(query)
    await ended
    expect(rows).toEqual([{ one: 2 }])
  } finally {
    await client.end()
  }
})
