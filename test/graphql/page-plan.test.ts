import { parse, type FieldNode, type GraphQLResolveInfo, type OperationDefinitionNode } from 'graphql'
import { expect, test } from 'vitest'
import { askedOfPage } from '../../src/graphql/lists/asked-of-page.ts'
import type { Condition, Listing, Order } from '../../src/graphql/lists/listing.ts'
import { planPage, type PagePlans, type PageRequest } from '../../src/graphql/lists/page-plan.ts'

function infoOf(selection: string): GraphQLResolveInfo {
  const { definitions } = parse(`{ people ${selection} } fragment F on X { node { id } cursor }`)
  const [operation, fragment] = definitions as unknown as [OperationDefinitionNode, never]
  const fieldNodes = operation.selectionSet.selections as readonly FieldNode[]
  return { fieldNodes, fragments: { F: fragment } } as unknown as GraphQLResolveInfo
}

test.for([
  ['{ nodes { id name } }', ['id', 'name'], false],
  ['{ nodes { id } edges { node { name } } totalCount }', ['id', 'name'], false],
  ['{ edges { cursor } }', [], true],
  ['{ edges { ...F } }', ['id'], true],
  ['{ ... on X { edges { at: cursor } } }', [], true],
  ['{ pageInfo { hasNextPage } }', [], false],
  ['{ pageInfo { startCursor } }', [], true],
  ['{ pageInfo { endCursor } }', [], true],
] as const)('of %s', ([selection, entries, cursors]) => {
  const asked = askedOfPage(infoOf(selection))
  expect([[...asked.entries].sort(), asked.cursors]).toEqual([entries, cursors])
})

const listing = { from: 'people x', columns: 'x.id as "id"', parent: 'x.parent' } satisfies Listing
const order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true } satisfies Order
const conditions: Condition[] = []

function planner() {
  const plans: PagePlans = new Map()
  return (request: PageRequest) => planPage({ plans, pages: () => () => Promise.resolve([]) }, request)
}

test('parents that ask for the same in the same place have one plan', () => {
  const plan = planner()
  const info = infoOf('{ nodes { id } }')
  const request = { listing, order, conditions, info, args: { first: 2 } }
  expect(plan({ ...request, args: { first: 2 } })).toBe(plan(request))
})

test.for<[string, Partial<PageRequest>]>([
  ['another size', { args: { first: 3 } }],
  ['another end', { args: { last: 2 } }],
  ['another place', { args: { first: 2, after: Buffer.from('["ID","a","a"]').toString('base64url') } }],
  ['other conditions', { conditions: [{ sql: 'x.id <> ?', value: 'a' }] }],
  ['another order', { order: { ...order, descending: true } }],
  ['another list', { listing: { ...listing, always: 'x.visible' } }],
  ['another place of the operation', { info: infoOf('{ nodes { id } edges { cursor } }') }],
])('%s is another plan', ([, other]) => {
  const plan = planner()
  const request = { listing, order, conditions, info: infoOf('{ nodes { id } }'), args: { first: 2 } }
  const before = plan(request)
  expect(plan({ ...request, ...other })).not.toBe(before)
  expect(plan({ ...request, ...other }).page).not.toEqual(other.listing === undefined ? before.page : null)
})
