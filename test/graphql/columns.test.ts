// A list reads no more columns than are asked for, and each field says in it what it says of the entry alone.
import { isLeafType, getNamedType, isObjectType, type GraphQLObjectType } from 'graphql'
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
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.deliver(event('dsync.user.created', ada, 2))
  await app.deliver(event('dsync.group.created', staff, 3))
  await app.deliver(event('dsync.group.user_added', member(staff, ada), 4))
  await app.applied()
  key = await app.key()
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
const LISTS: [type: string, alone: string, list: string, fields: string[]][] = [
  ['DirectoryUser', `directoryUser(id: "${ada.id}")`, 'directoryUsers', [...fieldsOf('DirectoryUser'), attributes]],
  [
    'DirectoryUser',
    `directoryUser(id: "${ada.id}")`,
    `directory(id: "${directoryId}") { users`,
    fieldsOf('DirectoryUser'),
  ],
  [
    'DirectoryUser',
    `directoryUser(id: "${ada.id}")`,
    `directoryGroup(id: "${staff.id}") { members`,
    fieldsOf('DirectoryUser'),
  ],
  ['DirectoryGroup', `directoryGroup(id: "${staff.id}")`, 'directoryGroups', fieldsOf('DirectoryGroup')],
  [
    'DirectoryGroup',
    `directoryGroup(id: "${staff.id}")`,
    `directory(id: "${directoryId}") { groups`,
    fieldsOf('DirectoryGroup'),
  ],
  [
    'DirectoryGroup',
    `directoryGroup(id: "${staff.id}")`,
    `directoryUser(id: "${ada.id}") { groups`,
    fieldsOf('DirectoryGroup'),
  ],
]
const closing = (list: string) => (list.includes('{') ? ' }' : '')

test.for(LISTS)('each field of a %s says the same in %s as in %s', async ([, alone, list, fields]) => {
  expect(fields.length).toBeGreaterThan(8)
  for (const field of fields) {
    const wanted = JSON.stringify(await answered(`{ found: ${alone} { ${field} } }`)).replace('{"found":', '')
    for (const entries of [`nodes { ${field} }`, `edges { node { ...F } } `, `nodes { ... on Node { id } ...F }`]) {
      const fragment = entries.includes('...F')
        ? ` fragment F on ${LISTS.find(([, one]) => one === alone)![0]} { ${field} }`
        : ''
      const told = JSON.stringify(await answered(`{ ${list} { ${entries} } }${closing(list)}${fragment}`))
      const entry = wanted.slice(0, -1).replace(/^\{/, '').replace(/\}$/, '')
      expect(told, `${list} ${entries}`).toContain(entry)
    }
  }
})

test('what nobody asks for is not read', async () => {
  const texts = await statementsOf(() => answered('{ directoryUsers { nodes { email groups { nodes { name } } } } }'))
  const columns = texts.map(({ text }) => text).join('\n')
  expect(columns).toMatch(/"email"/)
  expect(columns).not.toMatch(/raw_attributes|custom_attributes|updated_at/)
})
