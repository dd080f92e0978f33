// What was loaded for an answer is let go of at its end, whatever remembers the context that it was loaded for.
import type { ServerResponse } from 'node:http'
import { parse } from 'graphql'
import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { ExecuteQuery } from '../../src/executor/compile-query.ts'
import type { Context } from '../../src/graphql/context.ts'
import { createAnswerKnown } from '../../src/http/graphql/answer-known.ts'

const viewer = { organizationId: null, scopes: new Set() } as unknown as Viewer

/** The loaders of a context before, while and after a query is answered. */
async function loadersAround(execute: ExecuteQuery): Promise<unknown[]> {
  const context = { loaders: 'of this one', concerned: null } as unknown as Context
  const seen: unknown[] = [context.loaders]
  const answer = createAnswerKnown({
    contextOf: () => context,
    lags: () => Promise.reject(new Error('Nothing is concerned')),
    onOperation: () => {},
  })
  const known = {
    document: parse('{ said }'),
    headers: {},
    execute: (...given: Parameters<ExecuteQuery>) => {
      seen.push(context.loaders)
      return execute(...given)
    },
  }
  await answer({ destroyed: true } as ServerResponse, known, {}, viewer, null).catch((error: unknown) =>
    seen.push((error as Error).message),
  )
  return [...seen, context.loaders]
}

test.for([
  ['answered', () => Promise.resolve({ said: 'yes' }), []],
  ['left to others', () => Promise.resolve(null), []],
  ['wrong', () => Promise.reject(new Error('wrong')), []],
  ['broken off', () => Promise.reject(new Error('Connection terminated')), ['Connection terminated']],
] as const)('when it is %s', async ([, execute, said]) => {
  expect(await loadersAround(execute)).toEqual(['of this one', 'of this one', ...said, null])
})
