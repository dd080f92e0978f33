import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold } from '../../src/directory/fold.ts'

test.each([
  ['Åse  Ünal', 'ase unal'],
  [' ADA\t\nLovelace ', 'ada lovelace'],
  ['Ｆｕｌｌ ｗｉｄｔｈ', 'full width'],
  ['Ångström ﬁ', 'angstrom fi'],
  ['Нина', 'нина'],
  ['李 雷', '李 雷'],
  ['', ''],
])('%j is compared as %j', (text, folded) => {
  expect(fold(text, 200)).toBe(folded)
})

test('whatever the text, the result fits into an index, can be stored, and is folded already', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 50 }), (given, limit) => {
      const folded = fold(given, limit)
      expect(folded.length).toBeLessThanOrEqual(limit)
      expect(folded.isWellFormed()).toBe(true)
      expect(fold(given.toUpperCase(), 500)).toBe(fold(given.toUpperCase().toLowerCase(), 500))
    }),
  )
})

test('a character that the limit would cut in half does not stay behind as half of one', () => {
  expect(fold('a😀', 2)).toBe('a\ufffd')
})
