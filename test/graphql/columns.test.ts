// A list reads no more columns than are asked for, and each field says in it what it says of the entry alone.
import { isLeafType, getNamedType, isObjectType, type GraphQLInterfaceType, type GraphQLObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { statementsOf } from './statements.ts'

const ada = user('ada', {
  idp_id: 'okta|ada',
  email: 'Ada@Example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  name: null,
  username: 'ada',
  job_title: 'Analyst',
  custom_attributes: { department_name: 'Engines' },
  raw_attributes: { secret: 'of the provider' },
  roles: [{ slug: 'admin' }],
})
const staff = group('staff', { idp_id: 'okta|staff' })

let app: TestApp
let key: string
let accountId: string
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.deliver(event('dsync.user.created', ada, 2, 'event_columns'))
  await app.deliver(event('dsync.group.created', staff, 3))
  await app.deliver(event('dsync.group.user_added', member(staff, ada), 4))
  await app.applied()
  key = await app.key()
  accountId = (await app.db.prisma.account.findFirstOrThrow()).id
})
afterAll(() => app.close())

async function answered(query: string): Promise<unknown> {
  const { data, errors } = await ask<Record<string, unknown>, Record<string, never>>(app.url, key, query)
  expect(errors).toBeUndefined()
  return data
}

/** Each field with the least that can be asked of it. */
function fieldsOf(name: string): string[] {
  return Object.values((schema.getType(name) as GraphQLObjectType).getFields())
    .filter(({ args }) =>
      args.every(({ type, defaultValue }) => !String(type).endsWith('!') || defaultValue !== undefined),
    )
    .map((field) => {
      const type = getNamedType(field.type)
      if (isLeafType(type)) return field.name
      if (!isObjectType(type) || !('nodes' in type.getFields())) return `${field.name} { __typename }`
      return `${field.name} { nodes { __typename } }`
    })
}

const attributes = 'attributes { department jobTitle }'
const users = [...fieldsOf('DirectoryUser'), attributes]
const groups = fieldsOf('DirectoryGroup')
const LISTS: [type: string, id: string, list: string, fields: string[]][] = [
  ['DirectoryUser', ada.id, 'directoryUsers', users],
  ['DirectoryUser', ada.id, `directory(id: "${directoryId}") { users`, users],
  ['DirectoryUser', ada.id, `directoryGroup(id: "${staff.id}") { members`, users],
  ['DirectoryGroup', staff.id, 'directoryGroups', groups],
  ['DirectoryGroup', staff.id, `directory(id: "${directoryId}") { groups`, groups],
  ['DirectoryGroup', staff.id, `directoryUser(id: "${ada.id}") { groups`, groups],
  ['Event', 'event_columns', 'events(filter: { type: ["dsync.user.created"] })', fieldsOf('Event')],
  ['User', 'of Ada', 'users', fieldsOf('User')],
  ['User', 'of Ada', `organization(id: "${directory().organization_id}") { users`, fieldsOf('User')],
]
const closing = (list: string) => (/{ \w+$/.test(list) ? ' }' : '')

/** What a field says of what is read with all its columns: by its id, of whatever type it is. */
async function wantedOf(type: string, id: string, field: string): Promise<string> {
  const nodeId = id === 'of Ada' ? accountId : id
  return JSON.stringify(await answered(`{ found: node(id: "${nodeId}") { ... on ${type} { ${field} } } }`))
}

test.for(LISTS)('each field of %s %s says the same in %s', async ([type, id, list, fields]) => {
  expect(fields.length).toBeGreaterThan(8)
  for (const field of fields) {
    const wanted = (await wantedOf(type, id, field)).replace('{"found":', '')
    for (const entries of [`nodes { ${field} }`, `edges { node { ...F } } `, `nodes { ... on Node { id } ...F }`]) {
      const fragment = entries.includes('...F') ? ` fragment F on ${type} { ${field} }` : ''
      const told = JSON.stringify(await answered(`{ ${list} { ${entries} } }${closing(list)}${fragment}`))
      const entry = wanted.slice(0, -1).replace(/^\{/, '').replace(/\}$/, '')
      expect(told, `${list} ${entries}`).toContain(entry)
    }
  }
})

test.for([
  ['DirectoryUser', ada.id, () => `found: directoryUser(id: "${ada.id}") { `, ' }'],
  ['User', 'of Ada', () => `found: user(id: "${accountId}") { `, ' }'],
  ['User', 'of Ada', () => `directoryUser(id: "${ada.id}") { found: user { `, ' } }'],
] as const)('each field of a %s says the same where nothing else is asked of it', async ([type, id, before, after]) => {
  for (const field of [...fieldsOf(type), ...(type === 'DirectoryUser' ? [attributes] : [])]) {
    const wanted = await wantedOf(type, id, field)
    const told = JSON.stringify(await answered(`{ ${before()}${field}${after} }`))
    const inFragment = JSON.stringify(
      await answered(`{ ${before()}... on Node { ...F }${after} } fragment F on ${type} { ${field} }`),
    )
    expect([told, inFragment]).toEqual([expect.stringContaining(wanted), expect.stringContaining(wanted)])
  }
})

test('what nobody asks for is not read', async () => {
  const texts = await statementsOf(() => answered('{ directoryUsers { nodes { email groups { nodes { name } } } } }'))
  const columns = texts.map(({ text }) => text).join('\n')
  expect(columns).toMatch(/"email"/)
  expect(columns).not.toMatch(/raw_attributes|custom_attributes|updated_at/)
  const alone = await statementsOf(() => answered(`{ directoryUser(id: "${ada.id}") { email user { email } } }`))
  expect(alone.map(({ text }) => text).join('\n')).not.toMatch(/raw_attributes|disabled_by|updated_at/)
})

test('who asks for the same in many ways is read all of it for most', async () => {
  const fields = fieldsOf('DirectoryUser').filter((field) => !field.includes('{'))
  const aliases = fields.map((field, n) => `a${n}: directoryUser(id: "${ada.id}") { ${field} }`)
  let told: unknown
  const texts = await statementsOf(async () => (told = await answered(`{ ${aliases.join(' ')} }`)))
  expect(texts.filter(({ text }) => text.includes('from directory_user')).length).toBeLessThan(6)
  const wanted = await Promise.all(fields.map((field) => wantedOf('DirectoryUser', ada.id, field)))
  expect(Object.values(told as object).map((found: unknown) => JSON.stringify({ found }))).toEqual(wanted)
})

test('each field of each kind of change says the same when it is selected alone', async () => {
  const types = schema.getPossibleTypes(schema.getType('Change') as GraphQLInterfaceType).map(({ name }) => name)
  const kinds = await answered('{ changes(last: 100) { nodes { __typename } } }')
  const present = types.filter((type) => JSON.stringify(kinds).includes(`"${type}"`))
  expect(present.length).toBeGreaterThan(4)
  for (const type of present)
    for (const field of fieldsOf(type)) {
      const nodes = (others: string) => `{ changes(last: 100) { nodes { ... on ${type} { ${field} } ${others} } } }`
      // The reason is not in the table of columns, so that all are read.
      const all = await answered(nodes('... on UserChange { none: reason @include(if: false) }'))
      expect(JSON.stringify(await answered(nodes(''))), `${type}.${field}`).toBe(JSON.stringify(all))
    }
})
