// A transaction looks at its directories while it claims them. Of those that it claims only then, it has to look once
// more.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyBatch } from '../../src/inbox/apply-batch.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const guard = { minimum: 5, percent: 10, windowMs: 600_000 }
const directoryIds = ['directory_calm', 'directory_burst']
const person = (where: string, n: number) => user(`${where}-${n}`, { directory_id: `directory_${where}` })
const told = (what: string, where: string, count: number, at: number) =>
  Array.from({ length: count }, (_, n) => event(`dsync.user.${what}`, person(where, n), at))

async function employ(): Promise<void> {
  await inbox.receive(...directoryIds.map((id) => event('dsync.activated', directory({ id }), 0)))
  await inbox.receive(...told('created', 'burst', 20, 1))
  await inbox.applyAll({ guard })
}

test('a mass deletion is held also where its directory is claimed behind another one that had little to do', async () => {
  await employ()
  await inbox.receive(...told('created', 'calm', 2, 2), ...told('deleted', 'burst', 20, 3))
  const batch = await applyBatch(inbox.db, { directoryIds, limit: 500 }, { guard, now: () => new Date(), room: 0 })
  expect([batch!.directoryIds, batch!.held, batch!.marks.length]).toEqual([directoryIds, 20, 2])
})

test('and where the other one had nothing to do', async () => {
  await employ()
  await inbox.receive(...told('deleted', 'burst', 20, 3))
  const batch = await applyBatch(inbox.db, { directoryIds, limit: 500 }, { guard, now: () => new Date(), room: 0 })
  expect([batch!.held, batch!.marks.length]).toEqual([20, 0])
})
