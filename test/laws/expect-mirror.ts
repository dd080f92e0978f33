import { expect } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'
import type { Told } from './history.ts'
import { oracle, type Expected } from './oracle.ts'
import { replay, type Replayed } from './replay.ts'
import { rowsOf } from './rows.ts'

/**
 * The mirror of these directories is what these events say, and the change log tells how it came to be so. Returns both
 * for whoever looks closer.
 */
export async function expectMirror(
  db: Queryable,
  told: readonly Told[],
  directoryIds: readonly string[],
): Promise<{ rows: Expected; log: Replayed }> {
  const rows = await rowsOf(db, directoryIds)
  expect(rows).toEqual(oracle(told.map(({ event }) => event)))
  const log = await replay(db, directoryIds)
  expect([...log.users.keys()].sort()).toEqual(visible(rows.users))
  expect([...log.groups].sort()).toEqual(visible(rows.groups))
  expect([...log.memberships].sort()).toEqual(rows.memberships)
  return { rows, log }
}

function visible(things: Expected['users']): string[] {
  const there = Object.entries(things).filter(([, { state }]) => state !== 'DELETED')
  return there.map(([id]) => id).sort()
}
