import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { together } from '../../src/db/together.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase } from '../support/database.ts'

let db: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 1, onIdleError: () => {} })
})
afterAll(async () => {
  await db.close()
  await drop()
})

const organizations = async () => (await db.pool.query('select id from organization order by id')).rowCount
const insert = (id: string) => ({ text: 'insert into organization (id) values ($1)', values: [id] })

test('each gives what it found, in the order in which they were given', async () => {
  const given = await inTransaction(db.pool, (tx) =>
    together(tx.query('select 1 as n'), Promise.resolve('two'), tx.query('select 3 as n')),
  )
  expect([given[0].rows, given[1], given[2].rows]).toEqual([[{ n: 1 }], 'two', [{ n: 3 }]])
})

test('Law 4: where one fails before it was sent, what the others do still belongs to the transaction', async () => {
  const struck = inTransaction(db.pool, (tx) => {
    const others = async () => {
      await tx.query(insert('org_first'))
      await tx.query(insert('org_second'))
      await tx.query(insert('org_third'))
    }
    return together(Promise.reject(new Error('struck')), others())
  })
  await expect(struck).rejects.toThrow('struck')
  expect(await organizations()).toBe(0)
})

test('the failure is told that made the others fail, wherever it stands', async () => {
  const failed = inTransaction(db.pool, (tx) => {
    const culprit = tx.query('select 1 / 0')
    return together(tx.query('select 1'), tx.query(insert('org_late')), culprit)
  })
  await expect(failed).rejects.toMatchObject({ code: '22012' })
  expect(await organizations()).toBe(0)
})

test('statements that are sent together run in their order', async () => {
  await inTransaction(db.pool, (tx) => {
    const named = (n: number) => ({
      name: 'same',
      text: 'insert into organization (id) values ($1)',
      values: [`org_${n}`],
    })
    return together(
      ...[1, 2, 3].map((n) => tx.query(named(n))),
      tx.query(`update organization set name = id where id = 'org_3'`),
    )
  })
  expect((await db.pool.query('select name from organization order by id')).rows).toEqual([
    { name: null },
    { name: null },
    { name: 'org_3' },
  ])
})
