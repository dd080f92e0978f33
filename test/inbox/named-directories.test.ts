import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNamedDirectories } from '../../src/inbox/named-directories.ts'
import { createTurns } from '../../src/inbox/turns.ts'
import { startWorker } from '../../src/inbox/worker.ts'
import { event, user } from '../support/events.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())

test('what is told is claimed without looking, only once, and not where another loop is at it', () => {
  const turns = createTurns(() => {})
  const [own, other] = [turns.begin(), turns.begin()]
  const told = createNamedDirectories(() => 0)
  told.add(['a', 'b', 'c'])
  expect(told.take(own), 'before anybody has looked').toEqual([])
  told.looked(true)
  told.forget(['c'])
  other.took(['b'], 1)
  expect([told.take(own), told.take(own)]).toEqual([['a'], []])
  other.end()
  const large = turns.begin()
  large.took(['c'], 500)
  expect(told.take(own), 'while another loop has much to do').toEqual([])
  large.end()
  expect(told.take(own)).toEqual(['b'])
  told.looked(false)
  told.add(['a'])
  expect(told.take(own), 'while there is much to do').toEqual([])
})

test('however much is told, it is looked again after a while', () => {
  let now = 1_000
  const turn = createTurns(() => {}).begin()
  const told = createNamedDirectories(() => now)
  const tell = () => {
    told.add(['a'])
    return told.take(turn).length
  }
  told.looked(true)
  now += 10_000 // in which nothing came
  expect(tell()).toBe(1)
  now += 40
  expect(tell()).toBe(1)
  now += 40
  expect(tell()).toBe(0)
  told.looked(true)
  expect(tell()).toBe(1)
})

const hired = (name: string, directory: string, at: number) =>
  event('dsync.user.created', user(name, { directory_id: `directory_${directory}` }), at)

test('what nobody tells of is applied while others are told of without end', async () => {
  const pending = () => inbox.list<string>(`select directory_id from inbox_event where status = 'PENDING'`)
  const worker = startWorker({ ...inbox.context(), pollMs: 60_000, concurrency: 1 })
  let rounds = 0
  let goesOn = true
  const telling = (async () => {
    for (; goesOn; rounds += 1) {
      await inbox.receive(hired(`told-${rounds}`, 'told', rounds))
      worker.nudge(['directory_told'])
    }
  })()
  try {
    await expect.poll(() => inbox.batches.length, { timeout: 20_000 }).toBeGreaterThan(5)
    await inbox.receive(hired('untold', 'untold', 1))
    await expect.poll(pending, { interval: 5, timeout: 20_000 }).not.toContain('directory_untold')
  } finally {
    goesOn = false
    await telling
    await worker.close()
  }
})
