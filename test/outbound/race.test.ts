import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { appendChanges } from '../../src/changes/append.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { draft } from '../changes/change-log.ts'
import { startSender, subscribe } from './endpoints.ts'
import { startReceiver } from './receiver.ts'

test('a message that is made while the one before it is written down as delivered is sent all the same', async () => {
  const app = await startSender()
  onTestFinished(() => app.close())
  const receiver = await startReceiver()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  receiver.answer = async () => {
    await released
    return 204
  }
  await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_UPDATED'] })
  const happens = () => inTransaction(app.db.pool, (tx) => appendChanges(tx, [draft()]))
  const waiting = async (count: number) => {
    const text = `select from pg_locks where not granted and (database is null or database = (select oid from pg_database where datname = current_database()))`
    while (((await app.db.pool.query(text)).rowCount ?? 0) < count) await sleep(2)
  }
  await happens()
  await receiver.receives(1)
  await inTransaction(app.db.pool, async (tx) => {
    // Whoever makes the second message stops where it asks for the person that it is about.
    await tx.query('lock table directory_user in access exclusive mode')
    await happens()
    await waiting(1)
    release()
    await waiting(2)
  })
  await receiver.accepts(2)
  expect(receiver.accepted).toHaveLength(2)
})
