import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventTypes } from '../../src/directory/events.ts'
import { labelOf } from '../../src/directory/removal.ts'
import { decode, type RawEvent } from '../../src/workos/decode.ts'
import { isId, readEnvelope } from '../../src/workos/envelope.ts'
import { history, tell } from '../laws/history.ts'
import { directory, event, group, member, user } from '../support/events.ts'

const at = new Date('2026-07-01T12:00:00.000Z')
const read = (body: unknown) => readEnvelope(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), at)

const whole = event('dsync.user.created', user('ada'), 5, 'event_1')

test('an event says which it is, of which directory, and when it happened', () => {
  expect(read(whole)).toEqual({
    id: 'event_1',
    type: 'dsync.user.created',
    directoryId: 'directory_test',
    occurredAt: new Date('2026-06-25T00:00:05.000Z'),
    status: 'PENDING',
    error: null,
    userId: 'directory_user_ada',
    groupId: null,
    removal: null,
  })
})

test('whom it tells of and what it may take away is what decoding finds, for whole events and for thin ones that are ends', () => {
  const labelled = (one: object) => {
    const { userId, groupId, removal } = read(one)
    return { userId, groupId, removal }
  }
  fc.assert(
    fc.property(history, (one) => {
      for (const { event: told } of tell(one, 1)) {
        const decoded = decode({ ...read(told), body: JSON.stringify(told) } as RawEvent)
        expect(labelled(told)).toEqual(decoded.kind === 'event' ? labelOf(decoded.event) : null)
      }
    }),
  )
  const thin = { directory_id: 'directory_test', directory_user_id: 'directory_user_a', directory_group_id: 'directory_group_a' } // oxfmt-ignore
  const whom = { userId: 'directory_user_a', groupId: null }
  expect(labelled(event('dsync.user.deleted', thin, 1))).toEqual({ ...whom, removal: 'USER' })
  expect(labelled(event('dsync.user.updated', thin, 1))).toEqual({ ...whom, removal: null })
  const both = { userId: 'directory_user_a', groupId: 'directory_group_a' }
  expect(labelled(event('dsync.group.user_removed', thin, 1))).toEqual({ ...both, removal: 'MEMBERSHIP' })
})

test.each(eventTypes)('%s is to be applied, whole and thin', (type) => {
  const about = type.split('.').length === 2 ? directory() : type.includes('.user.') ? user('a') : group('a')
  const data = type.includes('user_') ? member(group('a'), user('a')) : about
  expect(read(event(type, data, 1))).toMatchObject({ status: 'PENDING', directoryId: 'directory_test', type })
  const thin = { directory_id: 'directory_test', directory_user_id: 'directory_user_a' }
  expect(read(event(type, thin, 1))).toMatchObject({ status: 'PENDING', directoryId: 'directory_test', type })
})

test('what is not about directories is ignored, whatever it holds', () => {
  const types = [
    'dsync.token.created',
    'user.created',
    'constructor',
    '__proto__',
    'dsync.user.created ',
    'DSYNC.DELETED',
  ]
  for (const type of types)
    for (const data of [{ id: 'x' }, null, 'text', [], undefined])
      expect(read({ ...whole, event: type, data })).toMatchObject({ status: 'IGNORED', type, error: null })
})

test('an event of a directory that is ignored is shown with it', () => {
  const told = event('dsync.token.created', { id: 'directory_token_1', directory_id: 'directory_test' }, 1)
  expect(read(told)).toMatchObject({ status: 'IGNORED', directoryId: 'directory_test' })
})

test('the time is that of the id where the event does not say it, and of its arrival where nothing does', () => {
  const { created_at: _, ...untimed } = whole
  const id = 'event_01JZ0000A00000000000000000'
  for (const unsaid of [untimed, { ...untimed, created_at: null }])
    expect(read({ ...unsaid, id }).occurredAt).toEqual(new Date('2025-06-30T08:41:55.264Z'))
  expect(read(untimed)).toMatchObject({ status: 'FAILED', error: 'created_at: must be a time', occurredAt: at })
})

test('a time that cannot have come yet is that of its arrival, so that what comes later is newer', () => {
  const after = (ms: number) => new Date(at.getTime() + ms)
  const told = (ms: number) => read({ ...whole, created_at: after(ms).toISOString() }).occurredAt
  expect(told(86_400_000)).toEqual(after(86_400_000)) // a wrong clock, of WorkOS or here
  expect(told(86_400_001)).toEqual(at)
  expect(told(10 * 365 * 86_400_000)).toEqual(at)
  const { created_at: _, ...untimed } = whole
  const ofYear10889 = 'event_7ZZZZZZZZZ0000000000000000'
  expect(read({ ...untimed, id: ofYear10889 }).occurredAt).toEqual(at)
})

test.each([
  ['created_at', { ...whole, created_at: 'yesterday' }, 'created_at: must be a time'],
  ['a created_at of another type', { ...whole, created_at: 1_750_000_000 }, 'created_at: must be a time'],
  ['data', { ...whole, data: null }, 'data: must be an object'],
  ['data that is a list', { ...whole, data: [user('ada')] }, 'data: must be an object'],
  ['no directory_id', { ...whole, data: { id: 'x' } }, "data.directory_id: must be a directory's id"],
  [
    'a directory_id that is none',
    { ...whole, data: { directory_id: 7 } },
    "data.directory_id: must be a directory's id",
  ],
  [
    'a directory_id with U+0000',
    { ...whole, data: { directory_id: 'a\0' } },
    "data.directory_id: must be a directory's id",
  ],
  ['a directory_id that is too long', { ...whole, data: { directory_id: 'a'.repeat(201) } }, "data.directory_id: must be a directory's id"], // oxfmt-ignore
  ['no id of a directory', { ...whole, event: 'dsync.deleted', data: {} }, "data.id: must be a directory's id"],
])('what is wrong is named: %s', (_name, body, error) => {
  expect(read(body)).toMatchObject({ id: 'event_1', status: 'FAILED', error })
})

test.each([
  ['no JSON', '{"id": "event_1"', /^The body is not JSON: /],
  ['nothing', '', /^The body is not JSON: /],
  ['a list', '[]', /^The body is not a JSON object$/],
  ['null', 'null', /^The body is not a JSON object$/],
  ['no id', { ...whole, id: undefined }, /^id: must be a string of 1 to 200 characters$/],
  ['an empty id', { ...whole, id: '' }, /^id: /],
  ['an id that is too long for an index', { ...whole, id: 'e'.repeat(3_000) }, /^id: /],
  ['an id with a lone surrogate', JSON.stringify(whole).replace('event_1', '\\ud800'), /^id: /],
  ['no event', { ...whole, event: undefined }, /^event: /],
])('a body that cannot be told apart by its id is told apart by its bytes: %s', (_name, body, error) => {
  const [first, again] = [read(body), read(body)]
  expect(first).toMatchObject({ status: 'FAILED', directoryId: null, occurredAt: at })
  expect(first.error).toMatch(error)
  expect(first.id).toMatch(/^unreadable_[0-9a-f]{40}$/)
  expect(again.id).toBe(first.id)
  expect(read(`${typeof body === 'string' ? body : JSON.stringify(body)} `).id).not.toBe(first.id)
})

test('what is said of a body that is not JSON holds nothing of what is in it', () => {
  for (const body of [
    '{"email":"ada@example.com",}',
    '{"name": Ada Lovelace}',
    `{'name':'Ada Lovelace'}`,
    'Ada Lovelace',
  ])
    expect(read(body).error).not.toMatch(/ada/i)
})

test('no bytes at all make it throw, and what it gives can be stored', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
  const json = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text))
  const like = fc
    .record(
      { id: fc.anything(), event: fc.anything(), data: fc.anything(), created_at: fc.anything() },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? 1 : item))))
  fc.assert(
    fc.property(fc.oneof(bytes, json, like), (body) => {
      const { id, type, directoryId, occurredAt } = readEnvelope(body, at)
      expect([isId(id), isId(type), directoryId === null || isId(directoryId)]).toEqual([true, true, true])
      expect(Number.isNaN(occurredAt.getTime())).toBe(false)
    }),
  )
})
