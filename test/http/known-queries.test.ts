// A query that comes again is executed by other code than the first time, and answered the same.
import { GraphQLObjectType, GraphQLSchema, GraphQLString, execute, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Context } from '../../src/graphql/context.ts'
import { createNews } from '../../src/changes/news.ts'
import { createKnownCounts } from '../../src/graphql/loading/known-counts.ts'
import { createLoaders } from '../../src/graphql/loading/loaders.ts'
import { schema } from '../../src/graphql/schema.ts'
import { compileQuery } from '../../src/executor/compile-query.ts'
import { countFields } from '../../src/executor/count-fields.ts'
import { createKnownQueries } from '../../src/http/graphql/known-queries.ts'
import { walk } from '../graphql/walk.ts'
import {
  endpointOf,
  invitationOf,
  messageOf,
  mine,
  runOf,
  startOrganizations,
  type Organizations,
} from '../laws/organizations.ts'

let world: Organizations
beforeAll(async () => {
  world = await startOrganizations({
    env: { ANSWER_CACHE_BYTES: '0', CORS_ORIGINS: 'https://app.example.com' },
  })
})
afterAll(() => world.app.close())

const USES = [1, 2, 3, 4]

/** What is answered each time that it is asked. */
async function asked(query: string, variables: object): Promise<string[]> {
  const answers: string[] = []
  for (const _use of USES) answers.push(await answerTo(query, variables))
  return [...new Set(answers)]
}

async function answerTo(query: string, variables: object): Promise<string> {
  const response = await fetch(`${world.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${world.key}` },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  return `${response.status} ${text.replaceAll(/("(?:checkedAt|since|until|asOf)":)"[^"]*"/g, '$1"now"')}`
}

const everything = () => {
  const { company, access } = { company: mine.company, access: world.access.mine }
  return walk(schema, {
    values: () => [],
    nodeIds: {
      ApiKey: world.keyIds.mine,
      Organization: company.organizationId,
      Directory: company.directoryId,
      DirectoryUser: company.userIds[0]!,
      DirectoryGroup: company.groupIds[0]!,
      Event: company.eventIds[1]!,
      SyncRun: runOf(company.directoryId),
      WebhookEndpoint: endpointOf(company),
      WebhookDelivery: messageOf(company),
      SetupInvitation: invitationOf(company.organizationId),
      User: access.accountIds[0]!,
      Role: access.roleId!,
      RoleMapping: access.mappingId,
      RoleMappingPlan: access.planId,
    },
  })
}

test('every field is answered the same when it is asked again', async () => {
  const operations = everything()
    .filter(({ name }) => !name.includes('planRoleMappings')) // each plan is another one
    // All of them in the long run.
    .filter((_operation, index) => process.env.LONG_TESTS !== undefined || index % 3 === 0)
  expect(operations.length).toBeGreaterThan(30)
  const differing: string[] = []
  for (const { name, query, variables } of operations)
    if ((await asked(query, variables)).length > 1) differing.push(name)
  expect(differing).toEqual([])
}, 120_000)

function contextOf(viewer: Viewer): Context {
  const { db } = world.app
  const concerned = new Set<string>()
  const counts = createKnownCounts(createNews(db.quick), 0)
  const loaders = createLoaders({ db, counts, viewer, concerned })
  const now = () => new Date('2026-07-01')
  return { db, counts, viewer, concerned, loaders, now, guard: { minimum: 1, percent: 1 } } as unknown as Context
}

test('what is made for a query leaves to GraphQL only what is wrong', async () => {
  const scopes = ['directory:read', 'raw-attributes:read', 'keys:read', 'roles:read', 'events:read', 'stats:read']
  const viewer = { id: 'test', organizationId: mine.company.organizationId, scopes } as unknown as Viewer
  const differing: string[] = []
  const answered: string[] = []
  for (const { name, query, variables } of everything()) {
    const document = parse(query)
    if (countFields(schema, document) === null) continue
    const wanted = await execute({ schema, document, variableValues: variables, contextValue: contextOf(viewer) })
    const got = await compileQuery(schema, document)(contextOf(viewer), variables).catch(() => null)
    if (wanted.errors === undefined) answered.push(name)
    const isSame = wanted.errors === undefined ? textOf(got) === textOf(wanted.data) : got === null
    if (!isSame) differing.push(name)
  }
  expect(differing).toEqual([])
  expect(answered.length).toBeGreaterThan(100)
}, 120_000)

const textOf = (data: unknown) => JSON.stringify(data).replaceAll(/("checkedAt":)"[^"]*"/g, '$1"now"')

const id = mine.company.directoryId
const OTHERS: [what: string, query: string, variables: object][] = [
  [
    'skip and include',
    'query ($yes: Boolean!, $id: ID!) { directory(id: $id) { id @skip(if: $yes) name @include(if: $yes) } }',
    { yes: true, id },
  ],
  [
    'fragments',
    'query ($id: ID!) { node(id: $id) { __typename ... on Directory { ...D } } } fragment D on Directory { name users(first: 2) { nodes { ... on Node { id } } } }',
    { id },
  ],
  ['aliases', 'query ($id: ID!) { a: directory(id: $id) { id } b: directory(id: $id) { name } }', { id }],
  [
    'defaults',
    `query ($id: ID = "${id}", $first: Int = 1) { directory(id: $id) { users(first: $first) { nodes { id } } } }`,
    {},
  ],
  [
    'the schema',
    '{ __schema { queryType { name } types { name fields { name } } } __type(name: "Directory") { kind } }',
    {},
  ],
  [
    'an argument that is wrong',
    'query ($id: ID!) { directory(id: $id) { id users(first: 1000) { nodes { id } } } }',
    { id },
  ],
  [
    'a variable that is wrong',
    'query ($first: Int!) { directories(first: $first) { nodes { id } } }',
    { first: 'many' },
  ],
  ['a variable that is missing', 'query ($id: ID!) { directory(id: $id) { id } }', {}],
  [
    'too much',
    '{ directoryUsers(first: 100) { nodes { groups(first: 100) { nodes { members(first: 100) { nodes { id } } } } } } }',
    {},
  ],
  [
    'the same fragment with a condition and without',
    'query ($y: Boolean!, $id: ID!) { a: directory(id: $id) { id ...F @include(if: $y) } b: directory(id: $id) { id ...F } } fragment F on Directory { name }',
    { y: false, id },
  ],
  [
    'a field that is asked for twice',
    'query ($y: Boolean!, $id: ID!) { directory(id: $id) { id } directory(id: $id) @include(if: $y) { name } }',
    { y: false, id },
  ],
  ['a default that is left out', '{ directories(orderBy: { field: NAME }) { nodes { id } } }', {}],
  ['a name of JavaScript', 'query ($id: ID!) { __proto__: directory(id: $id) { id } }', { id }],
  ['what a scope is needed for', '{ viewer { id } directories(first: 1) { nodes { id } } }', {}],
]
test.for(OTHERS)('%s: the same again', async ([, query, variables]) => {
  expect(await asked(query, variables)).toEqual([expect.any(String)])
})

interface Said {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Said> {
  const response = await fetch(`${world.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const { date: _date, ...others } = Object.fromEntries(response.headers)
  const text = (await response.text()).replaceAll(/("asOf":)"[^"]*"/g, '$1"now"')
  return { status: response.status, headers: others, body: text }
}

// Of a text that differs in a comment nothing is known.
let texts = 0
const another = (query: string) => `# ${(texts += 1)}\n${query}`
const QUERY = 'query ($id: ID!, $first: Int) { directory(id: $id) { id users(first: $first) { nodes { id email } } } }'

async function makeKnown(query: string, headers: Record<string, string>): Promise<void> {
  for (const _use of USES) {
    const { status, body } = await post({ query, variables: { id, first: 2 } }, headers)
    expect([status, JSON.parse(body)]).toMatchObject([200, { data: { directory: { id } } }])
  }
}

const [JSON_TYPE, RESPONSE_TYPE] = ['application/json', 'application/graphql-response+json']
const WAYS: [string, Record<string, string>][] = [
  ['by JSON', { accept: JSON_TYPE }],
  ['by what GraphQL over HTTP calls it', { accept: RESPONSE_TYPE }],
  ['by anything', { accept: '*/*' }],
  ['from a page', { accept: JSON_TYPE, origin: 'https://app.example.com' }],
]
const BODIES: [what: string, ask: (query: string) => unknown][] = [
  ['other variables', (query) => ({ query, variables: { id, first: 1 } })],
  ['none of somebody else', (query) => ({ query, variables: { id: 'directory_of_nobody' } })],
  ['a variable of another type', (query) => ({ query, variables: { id, first: 'two' } })],
  ['a variable too few', (query) => ({ query, variables: { first: 2 } })],
  ['a page that is too large', (query) => ({ query, variables: { id, first: 1_000 } })],
  ['a text that cannot be stored', (query) => ({ query, variables: { id: 'a\u0000b' } })],
  ['half a character', (query) => ({ query, variables: { id: 'a\ud83d' } })],
  ['variables that are a list', (query) => ({ query, variables: [id] })],
  ['something that nobody knows', (query) => ({ query, variables: { id }, hint: 1 })],
  ['extensions that are a text', (query) => ({ query, variables: { id }, extensions: 'none' })],
  ['an operation that is not there', (query) => ({ query, variables: { id }, operationName: 'Other' })],
  [
    'a text cut in two',
    (query) => ({
      query: query.slice(query.indexOf('\n') + 1),
      operationName: `\n${query.split('\n', 1)[0]}`,
      variables: { id },
    }),
  ],
  ['nothing in the place of variables', (query) => ({ query, variables: null, extensions: null })],
  ['a list of questions', (query) => [{ query, variables: { id } }]],
]
test.for(WAYS)('what is known is answered as before it was known, %s', async ([, headers]) => {
  const query = another(QUERY)
  await makeKnown(query, headers)
  for (const [what, ask] of BODIES) {
    const known = await post(ask(query), headers)
    expect([what, known]).toEqual([what, await post(ask(another(QUERY)), headers)])
  }
})

test('a question that is no JSON is refused as ever', async () => {
  await makeKnown(QUERY, {})
  expect(await post(`{"query": "${QUERY}"`)).toMatchObject({ status: 400 })
})

test('who is bound to another organization is told nothing of the first by the same words', async () => {
  await makeKnown(QUERY, {})
  const { body } = await post({ query: QUERY, variables: { id } }, { authorization: `Bearer ${world.theirKey}` })
  expect(JSON.parse(body)).toEqual({ data: { directory: null } })
})

test('who has fewer scopes is refused what is known by somebody who has more', async () => {
  const raw = (text: string) => text.replace('email', 'rawAttributes')
  const query = another(raw(QUERY))
  await makeKnown(query, {})
  const secret = await world.app.key(mine.company.organizationId, ['directory:read'])
  const answers = [query, another(raw(QUERY))].map((text) =>
    post({ query: text, variables: { id } }, { authorization: `Bearer ${secret}` }),
  )
  const [known, unknown] = await Promise.all(answers)
  expect(known).toEqual(unknown)
  expect(known!.body).toContain('FORBIDDEN')
})

test('who has no credential is told so, of what is known too', async () => {
  await makeKnown(QUERY, {})
  const { status, headers } = await post({ query: QUERY, variables: { id } }, { authorization: 'Bearer rck_wrong' })
  expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer'])
})

const small = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { said: { type: GraphQLString, resolve: () => 'something' } },
  }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: { said: { type: GraphQLString, resolve: () => 'done' } },
  }),
})

/** Whether a query is known each time before it is asked. */
function knownFor(text: string): boolean[] {
  const queries = createKnownQueries(small)
  const plain = { query: text, operationName: null, variables: {} }
  const known: boolean[] = []
  for (const _use of USES) {
    known.push(queries.find(plain, []) !== null)
    queries.learn(plain, [], { document: parse(text), headers: {} })
  }
  return known
}

test('no text of a query is run as code', async () => {
  const code = `globalThis.ranBy = 'a query'`
  for (const prefix of ['__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d', '']) {
    for (const asked of [
      `directory(id: "${prefix}${code}")`,
      `directoryUsers(filter: { directoryId: "${prefix}${code}" })`,
    ])
      for (const _use of USES) {
        await post({ query: `{ ${asked} { __typename } }` })
      }
  }
  expect(globalThis).not.toHaveProperty('ranBy')
})

test('a query is known when it was answered once, and a mutation never', () => {
  expect(knownFor('{ said }')).toEqual([false, true, true, true])
  expect(knownFor('mutation { said }')).toEqual([false, false, false, false])
})

test('what is asked in another way is not known', () => {
  const queries = createKnownQueries(small)
  const plain = { query: '{ said }', operationName: null, variables: {} }
  queries.learn(plain, ['POST', 'html'], { document: parse('{ said }'), headers: {} })
  expect(queries.find(plain, ['POST', 'html'])).not.toBeNull()
  expect(queries.find(plain, ['POST', 'json'])).toBeNull()
  expect(queries.find({ ...plain, operationName: 'Other' }, ['POST', 'html'])).toBeNull()
})

test('what somebody asks about headers is told nobody else', async () => {
  const query = another(QUERY)
  const ask = (headers: Record<string, string>) => post({ query, variables: { id } }, headers)
  const strange = { origin: 'https://app.example.com', 'access-control-request-headers': 'x-strange' }
  for (const _use of USES) await ask(strange)
  const { origin } = strange
  expect(JSON.stringify((await ask({ origin })).headers)).not.toContain('x-strange')
})
