import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCursorSeal } from '../../src/changes/cursor.ts'

const seal = createCursorSeal(randomBytes(16))
const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('a cursor opens to the position that it was sealed with, and is the same each time', () => {
  fc.assert(
    fc.property(position, (at) => {
      expect(seal.open(seal.seal(at))).toBe(at)
      expect(seal.seal(at)).toBe(seal.seal(at))
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
        const cursor = seal.seal(at)
        const tampered = cursor.slice(0, index) + character + cursor.slice(index + 1)
        expect(seal.open(tampered)).toBe(tampered === cursor ? at : null)
      },
    ),
  )
})

test('what was never a cursor of this database is refused', () => {
  const other = createCursorSeal(randomBytes(16))
  const refuses = (text: string) => seal.open(text) === null
  fc.assert(fc.property(position, (at) => refuses(other.seal(at))))
  fc.assert(fc.property(fc.string(), (text) => refuses(text)))
  fc.assert(fc.property(fc.base64String({ minLength: 20, maxLength: 24 }), (text) => refuses(text)))
  for (const text of ['', '0', '17', `${seal.seal(1)}${seal.seal(2)}`, ` ${seal.seal(1)}`])
    expect(refuses(text)).toBe(true)
})

// Law 8: what happens at the others must not be counted by comparing one's own cursors.
test('cursors tell neither where they stand, nor how far apart, nor which is the later', () => {
  const cursors = Array.from({ length: 400 }, (_, at) => seal.seal(at))
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
