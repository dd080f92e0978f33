import { getOperationAST, parse, type ExecutionResult } from 'graphql'
import { expect, test } from 'vitest'
import { executeSubscription } from '../../src/http/sharing/execute-subscription.ts'
import type { Results } from '../../src/http/sharing/shared-operation.ts'
import type { GraphQLServer } from '../../src/http/graphql/yoga.ts'

const query = 'subscription { changes { id } }'
const viewer = { kind: 'API_KEY', id: 'key', organizationId: null, scopes: [], expiresAt: null } as const

/** A subscription that has two results, and its context. */
async function begin() {
  const context = { loaders: {} as object | null }
  async function* subscribe(): AsyncGenerator<ExecutionResult> {
    yield { data: { changes: { id: '1' } } }
    yield { data: { changes: { id: '2' } } }
  }
  const yoga = {
    getEnveloped: () => ({ subscribe: async () => subscribe(), contextFactory: async () => context }),
  } as unknown as GraphQLServer
  const document = parse(query)
  const operation = executeSubscription(yoga, viewer, { query }, document, getOperationAST(document)!)
  const lease = { signal: new AbortController().signal, close() {} }
  const results = (await operation.begin(
    viewer,
    { subscribe: () => Promise.reject(new Error()) },
    () => lease,
  )) as Results
  return { context, results: results[Symbol.asyncIterator]() }
}

test('what a subscription has loaded is let go of when it has ended, and not before', async () => {
  const { context, results } = await begin()
  expect((await results.next()).value).toEqual({ data: { changes: { id: '1' } } })
  expect((await results.next()).value).toEqual({ data: { changes: { id: '2' } } })
  expect(context.loaders).not.toBeNull()
  expect((await results.next()).done).toBe(true)
  expect(context.loaders).toBeNull()
})

test('who leaves may leave a result that is under way, which loads on', async () => {
  const { context, results } = await begin()
  await results.next()
  expect((await results.return!()).done).toBe(true)
  expect((await results.next()).done).toBe(true)
  expect(context.loaders).not.toBeNull()
})
