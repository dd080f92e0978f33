import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributesPage } from '../../scripts/attribute-tables.ts'
import { defaultSources } from '../../src/directory/attribute-defaults.ts'
import { mappingOf } from '../../src/directory/attribute-mapping.ts'
import {
  attributeNames,
  attributeOf,
  attributesOf,
  documentOf,
  type Attributes,
} from '../../src/directory/attributes.ts'
import { LONGEST_POINTER, MAX_POINTERS, pointerFault } from '../../src/directory/check-pointers.ts'
import type { Json, JsonObject, UserFields } from '../../src/directory/objects.ts'
import { directoryTypes, providerOf } from '../../src/directory/providers.ts'
import { decode } from '../../src/workos/decode.ts'

interface Fixture {
  readonly type: string
  readonly source: string
  readonly cases: readonly { readonly told: string; readonly user: { id: string }; readonly attributes: Attributes }[]
}

const folder = new URL('./providers/', import.meta.url)
const fixtures = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture)

/** The user's fields as the worker stores them. */
function stored(user: { id: string }): UserFields {
  const body = JSON.stringify({ id: 'event_1', event: 'dsync.user.created', data: user })
  const raw = {
    id: 'event_1',
    type: 'dsync.user.created',
    directoryId: 'directory_1',
    occurredAt: new Date(),
    body,
  } as const
  const decoded = decode(raw)
  if (decoded.kind !== 'event' || !('user' in decoded.event)) throw new Error(JSON.stringify(decoded))
  return decoded.event.user.fields as UserFields
}

describe.each(fixtures)('a user of $type', ({ type, cases }) => {
  test.each(cases)('has their attributes, as told $told', ({ user, attributes }) => {
    expect(attributesOf(stored(user), mappingOf(type, {}).sources)).toEqual(attributes)
  })
})

test('every type of directory that WorkOS names has payloads of both times', () => {
  expect(fixtures.map(({ type }) => type).sort()).toEqual([...directoryTypes].sort())
  for (const { cases } of fixtures)
    expect(cases.map(({ told }) => told)).toEqual(expect.arrayContaining(['since April 2026', 'before April 2026']))
})

test('where the same is told in both ways, custom attributes win', () => {
  for (const type of [...directoryTypes, 'lotus notes'])
    for (const name of attributeNames) {
      const pointers = mappingOf(type, {}).sources[name]
      const firstRaw = pointers.findIndex((pointer) => pointer.startsWith('/raw_attributes'))
      expect(pointers.slice(firstRaw).filter((pointer) => !pointer.startsWith('/raw_attributes'))).toEqual([])
      expect(firstRaw).toBeGreaterThan(0)
    }
})

test('the pointers of every default could have been given by somebody', () => {
  for (const type of [...directoryTypes, 'lotus notes'])
    for (const pointers of Object.values(defaultSources(providerOf(type).key))) {
      expect(pointers.map(pointerFault).filter((fault) => fault !== null)).toEqual([])
      expect(pointers.length).toBeLessThanOrEqual(MAX_POINTERS)
    }
})

test('docs/attributes.md says what the code does', () => {
  expect(readFileSync(new URL('../../docs/attributes.md', import.meta.url), 'utf8')).toBe(attributesPage())
})

const nobody = { customAttributes: {}, rawAttributes: {}, jobTitle: null, username: null, email: null, idpId: '' }
const read = (custom: JsonObject, ...pointers: string[]) =>
  attributeOf(documentOf({ ...nobody, customAttributes: custom }), pointers)

test.each<[what: string, value: Json, text: string | null]>([
  ['a text, without the spaces around it', '  Sales ', 'Sales'],
  ['no empty text', ' \t', null],
  ['a number', 4130, '4130'],
  ['zero', 0, '0'],
  ['a boolean', false, 'false'],
  ['nothing', null, null],
  ['the first entry of a list that holds something', [null, '', 'Sales', 'HR'], 'Sales'],
  ['the primary entry of a list', [{ value: 'a' }, { value: 'b', primary: true }], 'b'],
  [
    'the primary entry, as Entra ID writes it',
    [
      { value: 'a', primary: 'False' },
      { value: 'b', primary: 'True' },
    ],
    'b',
  ],
  ['the value of an object', { displayName: 'Grace', value: 'u1' }, 'u1'],
  ['what an object shows', { value: '', displayName: 'Grace' }, 'Grace'],
  ['the name of an object', { id: 3, name: 'Operations' }, 'Operations'],
  ['the id of a reference', { $ref: 'https://example.com/scim/v2/Users/u1?attributes=id#x' }, 'u1'],
  ['nothing of an object without a name', { id: 3 }, null],
  ['nothing of an empty list', [], null],
  ['what is inside of what is inside', { value: [{ value: { name: 'Deep' } }] }, 'Deep'],
  ['nothing that is nested without end', JSON.parse(`${'['.repeat(60)}"Deep"${']'.repeat(60)}`) as Json, null],
])('a value becomes %s', (_what, value, text) => {
  expect(read({ x: value }, '/custom_attributes/x')).toBe(text)
})

test('the first pointer that leads to a value wins', () => {
  const custom = { a: '', b: null, c: 'c', d: 'd' }
  const pointers = ['a', 'b', 'none', 'c', 'd'].map((name) => `/custom_attributes/${name}`)
  expect(read(custom, ...pointers)).toBe('c')
  expect(read(custom, ...pointers.toReversed())).toBe('d')
  expect(read(custom)).toBeNull()
})

test('a pointer is read as RFC 6901 has it', () => {
  const custom = { 'a/b': 1, 'm~n': 2, '~1': 3, '': 4, ' ': 5, list: ['zero', 'one'], '-': 6 }
  const at = (path: string) => read(custom, `/custom_attributes${path}`)
  expect([at('/a~1b'), at('/m~0n'), at('/~01'), at('/'), at('/ '), at('/-')]).toEqual(['1', '2', '3', '4', '5', '6'])
  expect([at('/list/0'), at('/list/1'), at('/list/2'), at('/list/01'), at('/list/-'), at('/list/length')]).toEqual([
    'zero',
    'one',
    null,
    null,
    null,
    null,
  ])
  expect(read(custom, '')).toBeNull()
})

test('in a list, a part that is no index chooses by type or takes the primary entry', () => {
  const phones = [
    { type: 'Home', value: 'h' },
    { type: 'work', value: 'w1' },
    { type: 'work', value: 'w2', primary: true },
    'work',
    null,
  ]
  const at = (path: string) => read({ phones }, `/custom_attributes/phones/${path}`)
  expect([at('home/value'), at('work/value'), at('primary/value'), at('1/value'), at('mobile/value')]).toEqual([
    'h',
    'w2',
    'w2',
    'w1',
    null,
  ])
  expect(read({ phones: [{ value: 'x' }] }, '/custom_attributes/phones/primary')).toBeNull()
})

test.each([
  ['department', 'must be a JSON Pointer'],
  ['/custom_attributes/a~2', 'must be a JSON Pointer'],
  ['/custom_attributes/~', 'must be a JSON Pointer'],
  ['#/custom_attributes', 'must be a JSON Pointer'],
  ['', 'must begin with'],
  ['/department_name', 'must begin with'],
  [`/custom_attributes/${'x'.repeat(LONGEST_POINTER)}`, 'must have at most'],
  ['/custom_attributes/\0', 'must not contain U+0000'],
  ['/custom_attributes/\ud800', 'half of a surrogate pair'],
])('%j is refused as a pointer', (pointer, message) => {
  expect(pointerFault(pointer)).toContain(message)
})

test('what only prototypes have is no value', () => {
  const names = [
    'constructor',
    '__proto__',
    'toString',
    'constructor/name',
    '__proto__/constructor/name',
    'hasOwnProperty/name',
  ]
  for (const name of names) expect(read({ '': 1 }, `/custom_attributes/${name}`)).toBeNull()
  for (const type of ['constructor', '__proto__', 'toString'])
    expect(defaultSources(type)).toBe(defaultSources('unknown'))
  const own = JSON.parse('{"__proto__": {"value": "own"}}') as JsonObject
  expect(read(own, '/custom_attributes/__proto__')).toBe('own')
  expect(
    mappingOf('okta scim v2.0', JSON.parse('{"__proto__": ["/email"], "constructor": []}') as {}).overridden.size,
  ).toBe(0)
})

// Keys that mean something here, or to JavaScript, in any nesting.
const key = fc.constantFrom(
  'value',
  'primary',
  'type',
  'name',
  '$ref',
  'displayName',
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'length',
  'department',
  'manager',
  'phoneNumbers',
  'organizations',
  '0',
  '',
)
const hostile = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    fc.constantFrom(null, true, false, '', ' ', 'x', '\ud800', '\0', 'x'.repeat(5_000), 0, -0, 1e308, 'True'),
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('any'), { maxLength: 4 }),
    // An entry that cannot even be made a text.
    fc.constant([{ primary: { toString: 'x', valueOf: 1 }, type: { toString: null }, value: [[]] }]),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).any
const types = fc.constantFrom(...directoryTypes, 'unknown')
const pointer = fc.array(key, { maxLength: 6 }).map((tokens) => ['', 'raw_attributes', ...tokens].join('/'))

test('no payload makes it throw, and every value is a text that somebody could have written', () => {
  fc.assert(
    fc.property(hostile, types, fc.array(pointer, { maxLength: 4 }), (payload, type, pointers) => {
      const attributes = JSON.parse(JSON.stringify({ payload, manager: payload, phoneNumbers: payload })) as JsonObject
      const user = { ...nobody, customAttributes: attributes, rawAttributes: attributes }
      const { sources } = mappingOf(type, { department: ['/raw_attributes/payload'], division: pointers })
      for (const text of Object.values(attributesOf(user, sources))) {
        if (text === null) continue
        expect(text.trim()).not.toBe('')
        expect(text.length).toBeLessThanOrEqual(1_000)
        expect(text.isWellFormed()).toBe(true)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the largest payload that a webhook may carry is read in no time', () => {
  const wide = Array.from({ length: 200_000 }, () => ({}))
  let deep: Json = 'x'
  for (let level = 0; level < 60; level += 1) deep = { value: [deep], displayName: {}, name: [deep] }
  const raw: JsonObject = { phoneNumbers: wide, organizations: wide, title: deep, department: [wide, wide] }
  const user = { ...nobody, customAttributes: raw, rawAttributes: raw }
  const started = performance.now()
  for (const type of directoryTypes) attributesOf(user, mappingOf(type, {}).sources)
  expect(performance.now() - started).toBeLessThan(500)
})
