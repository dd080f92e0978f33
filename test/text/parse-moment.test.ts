import { expect, test } from 'vitest'
import { parseMoment } from '../../src/text/parse-moment.ts'

test.each([
  ['2026-06-25T19:07:33.155Z', '2026-06-25T19:07:33.155Z'],
  ['2026-06-25t19:07:33z', '2026-06-25T19:07:33.000Z'],
  ['2026-06-25 19:07:33.1559999+02:00', '2026-06-25T17:07:33.155Z'],
  ['2026-06-25T00:00:00-23:59', '2026-06-25T23:59:00.000Z'],
  ['2026-12-31T23:59:59Z', '2026-12-31T23:59:59.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['2000-02-29t00:00:00z', '2000-02-29T00:00:00.000Z'],
])('%s is %s', (text, moment) => {
  expect(parseMoment(text)?.toISOString()).toBe(moment)
})

test.each([
  ['a day that its month does not have', '2026-02-30T00:00:00Z'],
  ['a day that its month does not have, otherwise written', '2026-02-30 00:00:00z'],
  ['a day that its year does not have', '2026-02-29T00:00:00Z'],
  ['a day that its century does not have', '2100-02-29T00:00:00Z'],
  ['the 31st of April', '2026-04-31T12:00:00+02:00'],
  ['no month', '2026-00-10T00:00:00Z'],
  ['no day', '2026-01-00T00:00:00Z'],
  ['month 13', '2026-13-01T00:00:00Z'],
  ['the end of a day as its 24th hour', '2026-06-25T24:00:00Z'],
  ['minute 60', '2026-06-25T23:60:00Z'],
  ['a leap second', '2026-12-31T23:59:60Z'],
  ['an offset of a day', '2026-06-25T00:00:00+24:00'],
  ['an offset of 60 minutes', '2026-06-25T00:00:00+01:60'],
  ['no offset', '2026-06-25T00:00:00'],
  ['no time', '2026-06-25'],
  ['a year', '2026'],
  ['a word', 'tomorrow'],
  ['nothing', ''],
])('%s is no moment', (_, text) => {
  expect(parseMoment(text)).toBeNull()
})
