// Where nobody has an endpoint, the log grows without anybody asking whether one is behind.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createCursorSeal } from '../../src/changes/cursor.ts'
import { openDatabase } from '../../src/db/database.ts'
import { startOutbound } from '../../src/outbound/outbound.ts'
import { createTestDatabase } from '../support/database.ts'

test('while there is no endpoint, a ring for changes sends no statement; one for whatever it may be looks again', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 4, onIdleError: () => {} })
  let asked = 0
  db.pool.on('acquire', () => (asked += 1))
  const rings = new Set<(position?: number) => void>()
  const closing = new AbortController()
  const outbound = startOutbound({
    db,
    bell: {
      listen(ring) {
        rings.add(ring)
        return { close: () => void rings.delete(ring) }
      },
      close: async () => {},
    },
    cursors: createCursorSeal(Buffer.alloc(16)),
    concurrency: 4,
    timeoutMs: 1_000,
    allowPrivate: true,
    now: () => new Date(),
    closing: closing.signal,
    report: () => {},
    onError: (error) => expect.unreachable(String(error)),
  })
  onTestFinished(async () => {
    await outbound.close()
    await db.close()
    await drop()
  })
  const ring = async (position?: number) => {
    const before = asked
    for (const heard of rings) heard(position)
    await turn()
    return asked - before
  }
  // It has looked, and so has who sends: each of them looks again a second later.
  await expect.poll(() => asked).toBe(2)
  await expect.poll(() => db.pool.idleCount).toBe(db.pool.totalCount)
  expect(await ring(7)).toBe(0)
  expect(await ring()).toBe(2)

  // As another instance makes one: that one's ring came with no position, and this may have been it.
  await db.pool.query(`
    insert into webhook_endpoint (id, url, description, secrets, cursor, created_by, created_at, updated_at)
    values ('new', 'http://127.0.0.1:9/', '', '[]', 0, 'test', now(), now())`)
  expect(await ring()).toBeGreaterThan(0)
  await expect.poll(() => ring(8)).toBeGreaterThan(0)
})
