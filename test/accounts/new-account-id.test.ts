import { decodeTime } from 'ulid'
import { expect, test } from 'vitest'
import { newAccountId } from '../../src/accounts/new-account-id.ts'

test('ids that are made at once are all different, also where more randomness is asked for, and tell when they were made', () => {
  const from = Date.now()
  const ids = Array.from({ length: 20_000 }, () => newAccountId().slice('account_'.length))
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(decodeTime(id)).toBeGreaterThanOrEqual(from)
  // No letter of the random part is more likely than another: each of 32 comes 625 times, give or take.
  for (let place = 10; place < 26; place += 1) {
    const counts = Map.groupBy(ids, (id) => id[place])
    expect(counts.size).toBe(32)
    for (const { length } of counts.values()) expect(Math.abs(length - 625)).toBeLessThan(200)
  }
})
