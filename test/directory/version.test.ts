import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isNewer, timeOfId, type Version } from '../../src/directory/version.ts'

const version: fc.Arbitrary<Version> = fc.record({ at: fc.nat({ max: 3 }), id: fc.string({ maxLength: 2 }) })

test('of two facts one is newer, and only one: no fact is newer than itself', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const same = a.at === b.at && a.id === b.id
      expect([isNewer(a, b), isNewer(b, a)].filter(Boolean)).toHaveLength(same ? 0 : 1)
    }),
  )
})

test('what is newer than something newer is newer', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(isNewer(a, b) && isNewer(b, c) && !isNewer(a, c)).toBe(false)
    }),
  )
})

test('the time counts first, and the id within a millisecond; everything is newer than nothing', () => {
  expect(isNewer({ at: 2, id: 'a' }, { at: 1, id: 'b' })).toBe(true)
  expect(isNewer({ at: 1, id: 'event_01B' }, { at: 1, id: 'event_01A' })).toBe(true)
  expect(isNewer({ at: 0, id: '' }, null)).toBe(true)
})

test('a WorkOS id holds the time at which it was given', () => {
  expect(timeOfId('directory_user_01E1X1B89NH8Z3SDFJR4H7RGX7')).toEqual(new Date('2020-02-25T02:03:22.805Z'))
  for (const id of [
    '',
    'directory_user_ada',
    '01E1X1B89NH8Z3SDFJR4H7RGX7',
    'x_81E1X1B89NH8Z3SDFJR4H7RGX7',
    'x_01E1X1B89NH8Z3SDFJR4H7RGXU',
    'x_01e1x1b89nh8z3sdfjr4h7rgx7',
  ])
    expect([id, timeOfId(id)]).toEqual([id, null])
})

test('an id of a year that no column can hold tells no time: it would be refused alone, or whenever it is written again', () => {
  expect(timeOfId('directory_user_76EZ6FK0000000000000000000')?.getUTCFullYear()).toBe(9999)
  expect(timeOfId('directory_user_7ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBe(null)
})
