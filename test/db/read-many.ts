// Reads much, and tells how much of it was in memory at once, in bytes.
import type pg from 'pg'
import { Client } from '../../src/db/client.ts'

const client: pg.Client = new Client({ connectionString: process.argv[2]! })
await client.connect()
const text = `select n::text || repeat('x', 100) as "one", n::text || repeat('y', 100) as "other" from generate_series(1, 50) as n`
const read = async (): Promise<void> => {
  const { rows } = await client.query({ name: 'read', text })
  if (rows.length !== 50) throw new Error('Not all came')
}
for (let n = 0; n < 200; n++) await read()
const first = process.memoryUsage().heapUsed
let most = first
for (let n = 0; n < 6_000; n++) {
  await read()
  most = Math.max(most, process.memoryUsage().heapUsed)
}
await client.end()
process.stdout.write(JSON.stringify({ first, most }))
