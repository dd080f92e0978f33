import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIsoWriter } from '../../src/text/iso-writer.ts'

test('times are written as toISOString does, of whatever year, and one after the other', () => {
  const write = createIsoWriter()
  const near = fc.date({ min: new Date('2026-06-25T23:00:00Z'), max: new Date('2026-06-26T01:00:00Z'), noInvalidDate: true }) // oxfmt-ignore
  const any = fc.date({ noInvalidDate: true })
  const edges = ['-000001-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z', '+010000-01-01T00:00:00.000Z']
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any), { maxLength: 8 }), (moments) => {
      expect(moments.map(write)).toEqual(moments.map((moment) => moment.toISOString()))
    }),
    { examples: [[edges.map((edge) => new Date(edge))]] },
  )
})

test('an invalid date is refused, also after a valid one', () => {
  const write = createIsoWriter()
  expect(() => write(new Date(NaN))).toThrow(RangeError)
  write(new Date(0))
  expect(() => write(new Date(NaN))).toThrow(RangeError)
  expect(write(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
})
