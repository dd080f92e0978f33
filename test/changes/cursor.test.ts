import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCursorSeal } from '../../src/changes/cursor.ts'

const seal = createCursorSeal(randomBytes(16))
const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('a cursor opens to what it was sealed with, and is the same each time', () => {
  fc.assert(
    fc.property(position, fc.date({ min: new Date(0), noInvalidDate: true }), (at, recordedAt) => {
      const change = { position: at, recordedAt }
      expect(seal.open(seal.seal(change))).toEqual({ position: at, stamp: recordedAt.getTime() % 2 ** 32 })
      expect(seal.seal(change)).toBe(seal.seal(change))
      expect(seal.open(seal.seal({ position: at }))).toEqual({ position: at, stamp: null })
    }),
  )
})

test('a cursor that was changed in any character is refused', () => {
  fc.assert(
    fc.property(
      position,
      fc.nat(21),
      fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '=', '+', '/', ' ', '\0', 'é'),
      (at, index, character) => {
        const cursor = seal.seal({ position: at })
        const tampered = cursor.slice(0, index) + character + cursor.slice(index + 1)
        expect(seal.open(tampered)?.position ?? null).toBe(tampered === cursor ? at : null)
      },
    ),
  )
})

test('what was never a cursor of this database is refused', () => {
  const other = createCursorSeal(randomBytes(16))
  const refuses = (text: string) => seal.open(text) === null
  fc.assert(fc.property(position, (at) => refuses(other.seal({ position: at }))))
  fc.assert(fc.property(fc.string(), (text) => refuses(text)))
  fc.assert(fc.property(fc.base64String({ minLength: 20, maxLength: 24 }), (text) => refuses(text)))
  const one = seal.seal({ position: 1 })
  for (const text of ['', '0', '17', `${one}${one}`, ` ${one}`]) expect(refuses(text)).toBe(true)
})

// Law 8: what happens at the others must not be counted by comparing one's own cursors.
test('cursors tell neither where they stand, nor how far apart, nor which is the later', () => {
  const cursors = Array.from({ length: 400 }, (_, at) => seal.seal({ position: at }))
  const lengths = new Set(cursors.map((cursor) => cursor.length))
  expect([...lengths]).toEqual([22])
  const later = cursors.filter((cursor, at) => at > 0 && cursor > cursors[at - 1]!).length
  expect(later).toBeGreaterThan(120)
  expect(later).toBeLessThan(280)
  const apart = cursors.slice(1).map((cursor, at) => differingBits(cursor, cursors[at]!))
  expect(Math.min(...apart)).toBeGreaterThan(30) // of 128; for neighbours as for strangers
})

function differingBits(one: string, other: string): number {
  const [a, b] = [Buffer.from(one, 'base64url'), Buffer.from(other, 'base64url')]
  return a.reduce((sum, byte, index) => sum + (byte ^ b[index]!).toString(2).replaceAll('0', '').length, 0)
}

// Made by the version before stamps, with the key 000102…0f.
test('a cursor of an earlier version still opens', () => {
  const earlier = createCursorSeal(Buffer.from(Array.from({ length: 16 }, (_, n) => n)))
  expect(earlier.open('cccgKs5GhbD9CqiXtMMLRA')).toEqual({ position: 4711, stamp: null })
})
