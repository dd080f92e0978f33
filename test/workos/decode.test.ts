import { expect, test } from 'vitest'
import { eventTypes, type EventType } from '../../src/directory/events.ts'
import { decode, GONE, type Completions } from '../../src/workos/decode.ts'
import { directory, directoryId, group, member, organizationId, time, user } from '../support/events.ts'

const occurredAt = new Date('2026-06-26T00:00:00.000Z')

function decoded(type: EventType, data: unknown, completions?: Completions) {
  const body = JSON.stringify({ id: 'event_1', event: type, data })
  return decode({ id: 'event_1', type, directoryId, occurredAt, body }, completions)
}

/** The event, where nothing may be wrong with it. */
function eventOf(type: EventType, data: unknown, completions?: Completions) {
  const result = decoded(type, data, completions)
  if (result.kind !== 'event') throw new Error(JSON.stringify(result))
  return result.event
}

const born = new Date(time(0))
const base = { id: 'event_1', directoryId, organizationId, occurredAt }
const ada = user('ada', {
  username: null,
  custom_attributes: { username: 'ada.l', department_name: null, addresses: [{ zip: 1 }] },
  emails: [{ primary: true, value: 'ada@example.com' }],
  role: { slug: 'member' },
  roles: [{ slug: 'admin' }, { slug: 'member' }, { slug: 'admin' }],
  updated_at: '2026-06-25 10:00:00.123456',
})
const adaFields = {
  idpId: 'idp_ada',
  email: 'ada@example.com',
  firstName: 'ada',
  lastName: 'Example',
  name: 'ada Example',
  username: 'ada.l',
  jobTitle: null,
  emails: [{ primary: true, value: 'ada@example.com' }],
  active: true,
  customAttributes: { username: 'ada.l', department_name: null, addresses: [{ zip: 1 }] },
  rawAttributes: {},
  idpRoles: ['admin', 'member'],
  createdAt: born,
  updatedAt: new Date('2026-06-25T10:00:00.123Z'),
}
const opsFields = { idpId: 'idp_ops', name: 'ops', rawAttributes: {}, createdAt: born, updatedAt: born }

test.each(['dsync.user.created', 'dsync.user.updated'] as const)('%s tells the whole user, who lives', (type) => {
  const told = { id: ada.id, fields: { ...adaFields, deletedAt: null } }
  expect(eventOf(type, { ...ada, previous_attributes: { email: null } })).toEqual({ ...base, type, user: told })
})

test.each(['dsync.user.created', 'dsync.user.updated'] as const)(
  'what %s leaves out, the user does not have',
  (type) => {
    const id = 'directory_user_01JZ0000A00000000000000000'
    const fields = {
      idpId: 'idp',
      email: null,
      firstName: null,
      lastName: null,
      name: null,
      username: null,
      jobTitle: null,
      emails: [],
      active: true,
      customAttributes: {},
      rawAttributes: {},
      idpRoles: [],
      createdAt: new Date('2025-06-30T08:41:55.264Z'), // the time in the id
      updatedAt: occurredAt,
      deletedAt: null,
    }
    const told = eventOf(type, { id, directory_id: directoryId, idp_id: 'idp', state: 'active' })
    expect(told).toEqual({ ...base, organizationId: null, type, user: { id, fields } })
  },
)

test('dsync.user.deleted tells what its payload holds, and that they are gone', () => {
  const type = 'dsync.user.deleted'
  const fields = { ...adaFields, active: false, deletedAt: occurredAt }
  expect(eventOf(type, { ...ada, state: 'inactive' })).toEqual({ ...base, type, user: { id: ada.id, fields } })
  const bare = eventOf(type, { id: ada.id, directory_id: directoryId })
  expect(bare).toMatchObject({ user: { id: ada.id, fields: { deletedAt: occurredAt } } })
  expect('user' in bare && Object.keys(bare.user.fields)).toEqual(['deletedAt'])
})

test.each(['dsync.group.created', 'dsync.group.updated'] as const)('%s tells the whole group', (type) => {
  const ops = group('ops')
  expect(eventOf(type, { ...ops, previous_attributes: {} })).toEqual({
    ...base,
    type,
    group: { id: ops.id, fields: { ...opsFields, deletedAt: null } },
  })
})

test('dsync.group.deleted tells what its payload holds, and that it is gone', () => {
  const type = 'dsync.group.deleted'
  expect(eventOf(type, group('ops'))).toEqual({
    ...base,
    type,
    group: { id: 'directory_group_ops', fields: { ...opsFields, deletedAt: occurredAt } },
  })
})

test('dsync.group.user_added tells that both live; dsync.group.user_removed neither that nor that the user is active', () => {
  const data = member(group('ops'), ada)
  const { jobTitle: _, rawAttributes: _u, ...userTold } = adaFields
  const { active: _a, ...removedTold } = userTold
  const { rawAttributes: _g, ...groupTold } = opsFields
  const alive = { deletedAt: null }
  expect(eventOf('dsync.group.user_added', data)).toEqual({
    ...base,
    type: 'dsync.group.user_added',
    user: { id: ada.id, fields: { ...userTold, ...alive } },
    group: { id: 'directory_group_ops', fields: { ...groupTold, ...alive } },
  })
  expect(eventOf('dsync.group.user_removed', data)).toEqual({
    ...base,
    type: 'dsync.group.user_removed',
    user: { id: ada.id, fields: removedTold },
    group: { id: 'directory_group_ops', fields: groupTold },
  })
})

test('dsync.group.user_removed may tell that the user is suspended', () => {
  const suspended = eventOf('dsync.group.user_removed', member(group('ops'), { ...ada, state: 'inactive' }))
  expect(suspended).toMatchObject({ user: { fields: { active: false } } })
})

test('an embedded object tells of no field that it leaves out, and of none that it has empty', () => {
  const empty = {
    id: ada.id,
    email: null,
    name: null,
    username: null,
    emails: [],
    custom_attributes: {},
    raw_attributes: {},
    role: null,
    roles: [],
    created_at: null,
  }
  for (const partial of [{ id: ada.id }, empty]) {
    const told = eventOf('dsync.group.user_removed', member({ id: 'directory_group_ops', name: null }, partial))
    expect(told).toMatchObject({ user: { fields: {} }, group: { fields: {} } })
    expect('user' in told && Object.keys(told.user.fields)).toEqual([])
    expect('group' in told && Object.keys(told.group.fields)).toEqual([])
  }
})

test('dsync.activated, dsync.deactivated and dsync.deleted tell of the directory what they hold', () => {
  const { domains: _d, external_key: _e, ...deleted } = directory()
  const fields = {
    organizationId,
    externalKey: 'key',
    name: 'Test directory',
    type: 'okta scim v2.0',
    state: 'ACTIVE',
    domains: ['example.com'],
    createdAt: born,
    updatedAt: born,
  }
  const told = (type: EventType, data: unknown) => {
    const told = eventOf(type, data)
    return 'directory' in told ? told.directory : null
  }
  expect(told('dsync.activated', directory())).toEqual({ id: directoryId, fields: { ...fields, deletedAt: null } })
  expect(told('dsync.deactivated', directory({ state: 'inactive' }))).toEqual({ id: directoryId, fields: { ...fields, state: 'INACTIVE' } }) // oxfmt-ignore
  // Its `state` is the one before the deletion: of no interest.
  const { state: _s, domains: _o, externalKey: _k, ...rest } = fields
  expect(told('dsync.deleted', { ...deleted, state: 'deleting' })).toEqual({ id: directoryId, fields: { ...rest, deletedAt: occurredAt } }) // oxfmt-ignore
})

test('the states of directories are understood as events say them, as the API says them, and not at all otherwise', () => {
  const state = (state: unknown) => {
    const told = eventOf('dsync.activated', directory({ state }))
    return 'directory' in told ? told.directory.fields.state : null
  }
  expect(
    ['active', 'linked', 'inactive', 'unlinked', 'validating', 'invalid_credentials', 'deleting'].map(state),
  ).toEqual(['ACTIVE', 'ACTIVE', 'INACTIVE', 'INACTIVE', 'VALIDATING', 'INVALID_CREDENTIALS', 'DELETING'])
  expect(['paused', '', null, 'constructor', 'toString', '__proto__'].map(state)).toEqual(Array(6).fill(undefined))
})

test('without `email`, as in payloads of 2021, the address is the primary one of `emails`', () => {
  const { email: _, ...old } = ada
  const emails = [{ value: 'home@example.com' }, { type: 'work', value: 'work@example.com', primary: true }]
  const address = (type: EventType, fields: object) => {
    const one = { ...old, ...fields }
    const told = eventOf(type, type === 'dsync.group.user_added' ? member(group('ops'), one) : one)
    return 'user' in told && told.user.fields.email
  }
  for (const type of ['dsync.user.created', 'dsync.user.deleted', 'dsync.group.user_added'] as const)
    expect([type, address(type, { emails })]).toEqual([type, 'work@example.com'])
  // What WorkOS says itself counts.
  expect(address('dsync.user.updated', { emails, email: 'ada@example.com' })).toBe('ada@example.com')
  expect(address('dsync.user.updated', { emails, email: null })).toBe(null)
  for (const none of [null, [], [null, 7], [{ value: 'a@example.com' }], [{ primary: true, value: null }]])
    expect([none, address('dsync.user.updated', { emails: none })]).toEqual([none, null])
})

test('whatever is not active must not get in', () => {
  const active = (state: unknown) => {
    const told = eventOf('dsync.user.updated', user('ada', { state }))
    return 'user' in told ? told.user.fields.active : null
  }
  expect(['active', 'inactive', 'suspended', 'ACTIVE', '', 'constructor'].map(active)).toEqual([true, false, false, false, false, false]) // oxfmt-ignore
})

test('roles are those that are named; one role is a list of one, and null is none', () => {
  const roles = (fields: Record<string, unknown>) => {
    const told = eventOf('dsync.user.deleted', { id: ada.id, ...fields })
    return 'user' in told ? told.user.fields.idpRoles : null
  }
  expect(roles({ role: { slug: 'a' } })).toEqual(['a'])
  expect(roles({ role: { slug: 'a' }, roles: [{ slug: 'b' }] })).toEqual(['b'])
  expect(roles({ role: { slug: 'a' }, roles: null })).toEqual(['a'])
  expect(roles({ role: null })).toEqual([])
  expect(roles({})).toBe(undefined)
})

// Every field with a value of each kind that it cannot have.
const kinds = { text: 'text', number: 7, boolean: true, list: [null], object: { a: 1 } }
const accepts: Record<string, (keyof typeof kinds)[]> = {
  emails: ['list'],
  custom_attributes: ['object'],
  raw_attributes: ['object'],
  role: [],
  roles: [],
  domains: [],
  created_at: [],
  updated_at: [],
  previous_attributes: ['text', 'number', 'boolean', 'list', 'object'],
  object: ['text', 'number', 'boolean', 'list', 'object'],
}
const malformed = (
  [
    ['dsync.user.created', '', { ...ada, organization_id: 'org' }],
    ['dsync.group.updated', '', group('ops')],
    ['dsync.activated', '', directory({ domain: 'example.com' })],
    ['dsync.group.user_added', 'user.', { ...ada }],
    ['dsync.group.user_added', 'group.', group('ops')],
    ['dsync.user.deleted', '', { ...ada, organization_id: 'org' }],
    ['dsync.user.updated', '', { ...ada, organization_id: 'org', state: 'inactive' }],
    ['dsync.group.deleted', '', group('ops')],
    ['dsync.deleted', '', directory({ domain: 'example.com' })],
    ['dsync.group.user_removed', 'user.', { ...ada }],
    ['dsync.group.user_removed', 'group.', group('ops')],
  ] as const
).flatMap(([type, prefix, object]) =>
  Object.keys(object).flatMap((field) =>
    Object.entries(kinds)
      .filter(([kind]) => !(accepts[field] ?? ['text']).includes(kind as keyof typeof kinds))
      .map(([kind, value]) => ({ type, prefix, object: object as Record<string, unknown>, field, kind, value })),
  ),
)

const needed = ['id', 'directory_id']

// Of who joins: whether they may be let in, and as what.
const neededToJoin = ['user.state', 'group.name', 'user.organization_id', 'group.organization_id']

test('a field of another kind makes an event malformed, and is named; but of what ends something, or joins two, the rest is told', () => {
  expect(malformed.length).toBeGreaterThan(300)
  for (const { type, prefix, object, field, kind, value } of malformed) {
    const wrong = { ...object, [field]: value }
    const data = prefix === '' ? wrong : member(group('ops'), ada)
    if (prefix !== '') Object.assign(data, { [prefix.slice(0, -1)]: wrong })
    const result = decoded(type, data)
    const ends = /(deleted|removed)$/.test(type) || (object.state === 'inactive' && field !== 'state')
    const joins = type === 'dsync.group.user_added' && !neededToJoin.includes(`${prefix}${field}`)
    const isTold = (ends || joins) && !needed.includes(field)
    expect([type, field, kind, result.kind]).toEqual([type, field, kind, isTold ? 'event' : 'malformed'])
    const error = result.kind === 'malformed' ? result.error : result.kind === 'event' ? result.unread : null
    expect(`${type} ${field} ${kind} → ${error}`).toMatch(
      new RegExp(`→ data\\.${prefix.replace('.', '\\.')}${field}(\\.|:)`),
    )
  }
})

test('what is wrong is told of up to five fields, without the values', () => {
  const wrong = Object.fromEntries(
    Object.keys(ada).map((field) => [field, field === 'id' ? ada.id : ['ada@example.com']]),
  )
  const result = decoded('dsync.user.created', wrong)
  expect(result).toMatchObject({ kind: 'malformed' })
  const { error } = result as { error: string }
  expect(error.split('; ')).toHaveLength(5)
  expect(error).not.toContain('ada@')
})

test('a membership that joins two directories is malformed', () => {
  const elsewhere = { ...ada, directory_id: 'directory_other' }
  expect(decoded('dsync.group.user_added', member(group('ops'), elsewhere))).toEqual({
    kind: 'malformed',
    error: `data.user.directory_id: must be ${directoryId}, as in data.directory_id`,
  })
  expect(
    decoded('dsync.group.user_added', member(group('ops', { directory_id: 'directory_other' }), ada)),
  ).toMatchObject({ kind: 'malformed', error: expect.stringMatching(/^data\.group\.directory_id: /) as string })
})

test('a thin event says what WorkOS has to be asked for, and with the answers it is whole', () => {
  const thin = { directory_id: directoryId, directory_user_id: ada.id, directory_group_id: 'directory_group_ops' }
  const needs = Object.fromEntries(eventTypes.map((type) => [type, decoded(type, thin)]))
  const [userMissing, groupMissing] = [
    { kind: 'user', id: ada.id },
    { kind: 'group', id: 'directory_group_ops' },
  ]
  expect(needs['dsync.activated']).toEqual({ kind: 'thin', missing: [{ kind: 'directory', id: directoryId }] })
  expect(needs['dsync.user.created']).toEqual({ kind: 'thin', missing: [userMissing] })
  expect(needs['dsync.group.updated']).toEqual({ kind: 'thin', missing: [groupMissing] })
  expect(needs['dsync.group.user_added']).toEqual({ kind: 'thin', missing: [userMissing, groupMissing] })
  // What is gone cannot be asked for, and its id is enough.
  for (const type of [
    'dsync.deleted',
    'dsync.deactivated',
    'dsync.user.deleted',
    'dsync.group.deleted',
    'dsync.group.user_removed',
  ])
    expect(needs[type]).toMatchObject({ kind: 'event' })

  const half = { directory_id: directoryId, user: ada, directory_group_id: 'directory_group_ops' }
  expect(decoded('dsync.group.user_added', half)).toEqual({ kind: 'thin', missing: [groupMissing] })
  const completions = new Map<string, unknown>([
    [ada.id, { ...ada, groups: [] }],
    ['directory_group_ops', group('ops')],
  ])
  expect(eventOf('dsync.user.created', thin, completions)).toEqual(eventOf('dsync.user.created', ada))
  const added = eventOf('dsync.group.user_added', thin, completions)
  expect(added).toEqual(eventOf('dsync.group.user_added', member(group('ops'), ada)))
  expect(decoded('dsync.user.created', thin, new Map([[ada.id, null]]))).toMatchObject({ kind: 'malformed' })
})

test('of a member or a group that WorkOS no longer knows, a thin event tells the membership alone', () => {
  const thin = { directory_id: directoryId, directory_user_id: ada.id, directory_group_id: 'directory_group_ops' }
  const known: [string, object][] = [
    [ada.id, ada],
    ['directory_group_ops', group('ops')],
  ]
  for (const [gone] of known) {
    const told = eventOf('dsync.group.user_added', thin, new Map<string, unknown>([...known, [gone, GONE]]))
    const objects = 'user' in told && 'group' in told ? [told.user, told.group] : []
    for (const { id, fields } of objects)
      expect([id, 'deletedAt' in fields, Object.keys(fields).length > 0]).toEqual([id, id !== gone, id !== gone])
  }
})

test('an event that names nobody is malformed', () => {
  for (const type of eventTypes.filter((type) => type.split('.').length > 2))
    expect([type, decoded(type, { directory_id: directoryId }).kind]).toEqual([type, 'malformed'])
})

test('what PostgreSQL cannot hold is taken out of texts and keys', () => {
  const told = eventOf('dsync.user.created', user('ada', { name: 'a\0b\ud800', custom_attributes: { 'k\0': ['\udfff', { '\ud800': 1 }] } })) // oxfmt-ignore
  expect(told).toMatchObject({ user: { fields: { name: 'ab\ufffd', customAttributes: { k: ['\ufffd', { '\ufffd': 1 }] } } } }) // oxfmt-ignore
  // JSON.stringify writes such a half as an escape; it may stand in the text as it is, too.
  const body = `{"data":{"id":"directory_user_ada","directory_id":"${directoryId}","name":"b\ud800"}}`
  const result = decode({ id: 'event_1', type: 'dsync.user.created', directoryId, occurredAt, body })
  expect(result).toMatchObject({ kind: 'event', event: { user: { fields: { name: 'b\ufffd' } } } })
})

test('attributes that are nested beyond reason are cut off, and nothing runs out of stack', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const body = `{"data":{"id":"directory_user_ada","directory_id":"${directoryId}","custom_attributes":{"deep":${deep},"x":1}}}`
  const result = decode({ id: 'event_1', type: 'dsync.user.created', directoryId, occurredAt, body })
  expect(result).toMatchObject({ kind: 'event', event: { user: { fields: { customAttributes: { x: 1 } } } } })
  expect(JSON.stringify(result).length).toBeLessThan(2_000)
})

test.each(['', '\\u0041'])('a number beyond those of JavaScript is null, as it would be stored (%j)', (name) => {
  const attributes = '{"endless":1e400,"list":[-1e999,2]}'
  const body = `{"data":{"id":"directory_user_ada","directory_id":"${directoryId}","name":"${name}","custom_attributes":${attributes}}}`
  const result = decode({ id: 'event_1', type: 'dsync.user.created', directoryId, occurredAt, body })
  expect(result).toMatchObject({
    event: { user: { fields: { customAttributes: { endless: null, list: [null, 2] } } } },
  })
})

test.each(['custom_attributes', 'raw_attributes'])('in %s, a key __proto__ is an attribute like any other', (name) => {
  const attributes = '{"__proto__":{"active":true},"x":{"__proto__":1}}'
  const body = `{"data":{"id":"directory_user_ada","directory_id":"${directoryId}","${name}":${attributes}}}`
  const result = decode({ id: 'event_1', type: 'dsync.user.created', directoryId, occurredAt, body })
  const fields = result.kind === 'event' && 'user' in result.event ? result.event.user.fields : {}
  const told = name === 'raw_attributes' ? fields.rawAttributes : fields.customAttributes
  expect(JSON.stringify(told)).toBe(attributes)
  expect(Object.getPrototypeOf(told)).toBe(Object.prototype)
})
