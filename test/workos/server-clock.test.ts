import { beforeEach, expect, test } from 'vitest'
import { createServerClock, type ServerClock } from '../../src/workos/server-clock.ts'

const NOW = new Date('2026-06-25T12:00:00Z')
let clock: ServerClock
beforeEach(() => {
  clock = createServerClock(() => NOW, 180_000)
})

/** What the clock makes of this very moment, once an answer has said what time it is. */
function after(date: string | null): string {
  clock.observe(date)
  return clock.at(NOW).toISOString()
}

test("WorkOS's clock is what its answers say, ahead of ours or behind", () => {
  expect(clock.at(NOW)).toEqual(NOW)
  expect(after('Thu, 25 Jun 2026 12:02:00 GMT')).toBe('2026-06-25T12:02:00.000Z')
  expect(after('Wed, 24 Jun 2026 12:00:00 GMT')).toBe('2026-06-24T12:00:00.000Z')
})

test('an answer from a future that cannot be, and one that says nothing, leave it as it was', () => {
  expect(after('Thu, 25 Jun 2026 12:00:30 GMT')).toBe('2026-06-25T12:00:30.000Z')
  for (const date of ['Fri, 26 Jun 2026 12:00:00 GMT', 'Thu, 25 Jun 2026 12:03:01 GMT', 'soon', null])
    expect([date, after(date)]).toEqual([date, '2026-06-25T12:00:30.000Z'])
})
