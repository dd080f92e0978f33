// A query that comes again is executed by other code than the first time, and answered the same.
import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse, execute } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { compileQueries } from '../../src/http/compile-queries.ts'
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
  world = await startOrganizations({ env: { ANSWER_CACHE_BYTES: '0' } })
})
afterAll(() => world.app.close())

const USES = [1, 2, 3, 4]

async function asked(query: string, variables: object): Promise<string[]> {
  const answers: string[] = []
  for (const _use of USES) {
    const response = await fetch(`${world.app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${world.key}` },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    answers.push(`${response.status} ${text.replaceAll(/("(?:checkedAt|since|until|asOf)":)"[^"]*"/g, '$1"now"')}`)
  }
  return [...new Set(answers)]
}

test('every field is answered the same when it is asked again', async () => {
  const { company, access } = { company: mine.company, access: world.access.mine }
  const operations = walk(schema, {
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
    .filter(({ name }) => !name.includes('planRoleMappings')) // each plan is another one
    // All of them in the long run.
    .filter((_operation, index) => process.env.LONG_TESTS !== undefined || index % 3 === 0)
  expect(operations.length).toBeGreaterThan(30)
  const differing: string[] = []
  for (const { name, query, variables } of operations)
    if ((await asked(query, variables)).length > 1) differing.push(name)
  expect(differing).toEqual([])
}, 120_000)

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
  ['what a scope is needed for', '{ viewer { id } directories(first: 1) { nodes { id } } }', {}],
]
test.for(OTHERS)('%s: the same again', async ([, query, variables]) => {
  expect(await asked(query, variables)).toHaveLength(1)
})

const small = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      said: { type: GraphQLString, resolve: () => 'something' },
      failed: { type: GraphQLString, resolve: () => Promise.reject(new Error('It went wrong')) },
    },
  }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: { said: { type: GraphQLString, resolve: () => 'done' } },
  }),
})

/** Who executes a document each time: GraphQL's own executor, or what was made for it. */
async function executors(text: string): Promise<string[]> {
  const { onExecute } = compileQueries()
  const args = { schema: small, document: parse(text), contextValue: {} }
  const by: string[] = []
  for (const _use of USES) {
    let executor = (given: typeof args) => {
      by.push('GraphQL')
      return execute(given)
    }
    const itself = executor
    await onExecute!({ args, executeFn: itself, setExecuteFn: (made: typeof executor) => (executor = made) } as never)
    if (executor !== itself) by.push('made for it')
    await executor(args)
  }
  return by
}

test('a query is compiled when it is asked for the third time, and a mutation never', async () => {
  expect(await executors('{ said }')).toEqual(['GraphQL', 'GraphQL', 'made for it', 'made for it'])
  expect(await executors('mutation { said }')).toEqual(['GraphQL', 'GraphQL', 'GraphQL', 'GraphQL'])
})

test('what goes wrong is told by the executor of GraphQL', async () => {
  expect(await executors('{ failed }')).toEqual([
    'GraphQL',
    'GraphQL',
    'made for it',
    'GraphQL',
    'made for it',
    'GraphQL',
  ])
})
