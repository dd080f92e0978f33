import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold, foldAddress } from '../../src/text/fold.ts'

test.each([
  ['Åse  Ünal', 'ase unal'],
  [' ADA\t\nLovelace ', 'ada lovelace'],
  ['Ｆｕｌｌ ｗｉｄｔｈ', 'full width'],
  ['Ångström ﬁ', 'angstrom fi'],
  ['Søren Łukasz Đorđe', 'soren lukasz dorde'],
  ['Þór Æsir Œuvre', 'thor aesir oeuvre'],
  ['Straße STRAẞE', 'strasse strasse'],
  ['Ħal Ŧorm Guðrún Iıi Ŋaa ĸi Ƶoe', 'hal torm gudrun iii naa qi zoe'],
  ['Ǿrsted', 'orsted'],
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

test('a letter that becomes two does not make the text longer than the limit', () => {
  expect(fold('ßß', 3)).toBe('sss')
})

test.each([
  ['Zoë.Example@Example.com', 'zoe.example@example.com'],
  ['SØREN@example.com', 'søren@example.com'],
  ['STRAẞE@example.com', 'straße@example.com'],
  [' ada@EXAMPLE.com ', 'ada@example.com'],
  ['Ada@Example.com', 'ada@example.com'],
  ['', ''],
])('the address %j is compared as %j', (address, folded) => {
  expect(foldAddress(address)).toBe(folded)
})

test('a character that the limit would cut in half does not stay behind as half of one', () => {
  expect(fold('a😀', 2)).toBe('a\ufffd')
})
