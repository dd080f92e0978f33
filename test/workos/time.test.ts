import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTime } from '../../src/workos/time.ts'

test.each([
  ['2026-06-25T19:07:33.155Z', '2026-06-25T19:07:33.155Z'],
  ['2026-06-25T19:07:33Z', '2026-06-25T19:07:33.000Z'],
  ['2026-06-25t19:07:33z', '2026-06-25T19:07:33.000Z'],
  ['2026-06-25T19:07:33.1z', '2026-06-25T19:07:33.100Z'],
  ['2023-04-28 20:05:31.093', '2023-04-28T20:05:31.093Z'],
  ['2020-05-06 04:21:48.649164', '2020-05-06T04:21:48.649Z'],
  ['2020-05-06T04:21:48.649999999', '2020-05-06T04:21:48.649Z'],
  ['2020-05-06T04:21:48+02:00', '2020-05-06T02:21:48.000Z'],
  ['2020-05-06 04:21:48.5-0730', '2020-05-06T11:51:48.500Z'],
  ['2026-11-02 10:00:00.648164+00', '2026-11-02T10:00:00.648Z'],
  ['2026-11-02 10:00:00-05', '2026-11-02T15:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is %s', (text, expected) => {
  expect(parseTime(text)?.toISOString()).toBe(expected)
})

test.each([
  '',
  'now',
  '2026-06-25',
  '1750878453155',
  '2026-13-01T00:00:00Z',
  '2026-06-25T25:00:00Z',
  '2026-06-25T19:07Z',
  '2026-06-25T19:07:33.155Z ',
  '2026-06-25T19:07:33.1234567890Z',
  '+012026-06-25T19:07:33Z',
  // JavaScript can hold these; PostgreSQL, in the form that JavaScript writes them in, cannot.
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+02:00',
  '9999-12-31T23:59:59-02:00',
])('%j is no time', (text) => {
  expect(parseTime(text)).toBe(null)
})

test('any time, in any of the forms, is read to the millisecond', () => {
  const moments = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  const forms = fc.constantFrom(
    (iso: string) => iso,
    (iso: string) => iso.replace('Z', ''),
    (iso: string) => iso.replace('T', ' ').replace('Z', '999'),
    (iso: string) => iso.replace('Z', '+00:00'),
  )
  fc.assert(
    fc.property(moments, forms, (at, form) => {
      expect(parseTime(form(at.toISOString()))).toEqual(at)
    }),
  )
})

test.each(['America/New_York', 'Asia/Kolkata', 'UTC'])(
  'a time without a zone is UTC also where the server is in %s',
  (zone) => {
    const file = fileURLToPath(new URL('../../src/workos/time.ts', import.meta.url))
    const script = `import(${JSON.stringify(file)}).then(({ parseTime }) =>
    console.log(JSON.stringify([parseTime('2026-03-08 02:30:00').toISOString(), new Date('2026-03-08T12:00').toISOString()])))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', script], {
      env: { ...process.env, TZ: zone, NODE_OPTIONS: '' },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [read, local] = JSON.parse(stdout) as [string, string]
    expect(read).toBe('2026-03-08T02:30:00.000Z')
    // That the zone took effect at all.
    expect(local === '2026-03-08T12:00:00.000Z').toBe(zone === 'UTC')
  },
)
