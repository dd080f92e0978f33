// Rows reach PostgreSQL the same, whether as JSON or column by column.
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onRows } from '../../src/db/recordset.ts'
import { createTestDatabase } from '../support/database.ts'

const COLUMNS = {
  n: 'integer',
  name: 'text',
  told: 'jsonb',
  at: 'timestamptz',
  live: 'boolean',
  slugs: 'text[]',
  state: '"UserState"',
} as const
const READ = onRows({
  name: 'read-rows',
  columns: COLUMNS,
  others: 1,
  // JSON as text: Node 24.21 reads some keys wrongly.
  text: (rows) => `select n, name, told::text as told, at, live, slugs, state, $1::text as given from ${rows}`,
})

type Row = Readonly<Record<keyof typeof COLUMNS, unknown>>

let database: Awaited<ReturnType<typeof createTestDatabase>>
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

// PostgreSQL keeps no NUL, and no half of a surrogate pair: those are refused where they come in.
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'))
const odd = fc.constantFrom('', '"', '\\', '{}', 'null', 'NULL', "'", ',', ' x ', 'Zoë', '好', '😀', 'a"b\\c{d},e')
const word = fc.oneof(text, odd)
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 4 })
const row: fc.Arbitrary<Row> = fc.record({
  n: maybe(fc.integer()),
  name: maybe(word),
  told: maybe(fc.dictionary(word, fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word)))),
  at: maybe(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
  live: maybe(fc.boolean()),
  slugs: maybe(fc.array(word, { maxLength: 4 })),
  state: maybe(fc.constantFrom('ACTIVE', 'INACTIVE', 'DELETED')),
})

test('as JSON or column by column, they are read the same', async () => {
  const rows = fc.array(row, { minLength: 13, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const many = READ(given, 'beside')
      expect(many.name).toBe('read-rows-many')
      const few = given.map((one) => READ([one], 'beside'))
      expect(few[0]!.name).toBe('read-rows')
      const { rows: together } = await client.query<Row>(many)
      const alone: Row[] = []
      for (const one of few) alone.push(...(await client.query<Row>(one)).rows)
      expect(together).toEqual(alone)
      const sent = together.map((one, index) => ({ ...given[index], told: one.told, given: 'beside' }))
      expect(together).toEqual(sent)
    }),
    { numRuns: 60 },
  )
})

test('what is not there is null', async () => {
  const rows = Array.from({ length: 20 }, (_, n) => ({ n }) as Row)
  const { rows: read } = await client.query<Row>(READ(rows, 'beside'))
  const nothing = { name: null, told: null, at: null, live: null, slugs: null, state: null, given: 'beside' }
  expect(read).toEqual(rows.map(({ n }) => ({ n, ...nothing })))
})

test('what JSON would not bring in is refused before anything is asked, as is what is of another type', () => {
  const asked = (one: Partial<Row>) => () => READ(Array<Row>(13).fill(one as Row), 'beside')
  const years = [new Date(NaN), new Date('+010000-01-01T00:00:00Z'), new Date('0000-12-31T23:59:59Z')]
  for (const at of years) expect(asked({ at })).toThrow(RangeError)
  for (const n of [2 ** 31, 1.5, NaN]) expect(asked({ n })).toThrow(RangeError)
  expect(asked({ name: 'half: \ud800' })).toThrow(RangeError)
  expect(asked({ slugs: ['half: \ud800'] })).toThrow(RangeError)
  expect(asked({ name: 7 })).toThrow(TypeError)
  expect(asked({ live: 'true' })).toThrow(TypeError)
  expect(asked({ at: '2026-01-01T00:00:00Z' })).toThrow(TypeError)
})
