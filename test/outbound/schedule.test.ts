import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nextAttempt, readRetryAfter, RETRIES_MS } from '../../src/outbound/schedule.ts'

const HOUR = 3_600_000
const first = new Date('2026-11-24T12:00:00.000Z')
const after = (milliseconds: number) => new Date(first.getTime() + milliseconds)
const next = (attempts: number, at: number, retryAfterMs: number | null = null, random = 0) => {
  const moment = nextAttempt({ attempts, firstAttemptAt: first, retryAfterMs }, after(at), random)
  return moment === null ? null : moment.getTime() - first.getTime()
}

test('attempts that fail at once keep the published schedule, and the last of them is three days after the first', () => {
  const times = [0]
  for (;;) {
    const at = next(times.length, times.at(-1)!)
    if (at === null) break
    times.push(at)
  }
  expect(times).toEqual([0, ...RETRIES_MS])
  expect(times.at(-1)).toBe(72 * HOUR)
})

test('the schedule is the one that docs/webhooks.md publishes', () => {
  const text = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const [, told] = /after the first attempt: ((?:[\d.]+ (?:s|min|h)(?:, )?)+)/.exec(text.replaceAll(/\s+/g, ' '))!
  const units = { s: 1_000, min: 60_000, h: HOUR }
  const published = told!.split(', ').map((time) => {
    const [amount, unit] = time.split(' ')
    return Number(amount) * units[unit as keyof typeof units]
  })
  expect(published).toEqual([...RETRIES_MS])
})

test('jitter makes pauses longer by a tenth at the most, and never the last one', () => {
  expect(next(1, 0, null, 0.999)).toBeLessThanOrEqual(5_500)
  expect(next(9, 51.5 * HOUR, null, 0.999)).toBe(72 * HOUR)
})

test('an attempt that came late is followed by the same pause, and one after three days by none', () => {
  expect(next(2, HOUR)).toBe(HOUR + 295_000)
  expect(next(3, 71.9 * HOUR)).toBe(72 * HOUR)
  expect(next(3, 72 * HOUR)).toBeNull()
  expect(next(40, 10 * HOUR)).toBe(10 * HOUR + 20.5 * HOUR)
})

test('a receiver that wants to be left alone is', () => {
  expect(next(1, 0, 60_000)).toBe(60_000)
  expect(next(4, 0, 60_000)).toBe((2.5 * 60 - 35) * 60_000)
  expect(next(9, 71 * HOUR, 5 * HOUR)).toBe(76 * HOUR)
})

test('Retry-After is read in both its forms, and is a day at the most', () => {
  expect(readRetryAfter('120', first)).toBe(120_000)
  expect(readRetryAfter('Tue, 24 Nov 2026 13:00:00 GMT', first)).toBe(HOUR)
  expect(readRetryAfter('Tue, 24 Nov 2026 11:00:00 GMT', first)).toBe(0)
  for (const long of ['86401', '99999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
    expect(readRetryAfter(long, first)).toBe(24 * HOUR)
  for (const nothing of [undefined, '', 'soon', '-5']) expect(readRetryAfter(nothing, first)).toBeNull()
})
