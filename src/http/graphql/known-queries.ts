import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { compileQuery, type ExecuteQuery } from '../../executor/compile-query.ts'
import { countFields } from '../../executor/count-fields.ts'
import type { Answered } from './ask-yoga.ts'
import type { PlainRequest } from './plain-request.ts'

/** A query that was answered before, for any viewer, in the same variant of response. */
export interface KnownQuery extends Answered {
  /** Executes it without walking the document. */
  readonly execute: ExecuteQuery
}

/** Compiles queries once they were answered, for later requests of the same query. */
interface KnownQueries {
  /** Returns null if it is not known (yet). `variant`: what else the form of the response depends on. */
  find(request: PlainRequest, variant: readonly unknown[]): KnownQuery | null
  learn(request: PlainRequest, variant: readonly unknown[], answered: Answered): void
}

const MOST = 1_000
const MAX_BYTES = 33_554_432
/** The approximate size of a compiled query. */
const [BYTES_PER_CHARACTER, BYTES_PER_FIELD] = [20, 2_000]

export function createKnownQueries(schema: GraphQLSchema): KnownQueries {
  const learned = new LRUCache<string, KnownQuery & { readonly fields: number }>({
    max: MOST,
    maxSize: MAX_BYTES,
    sizeCalculation: ({ fields }, key) => BYTES_PER_CHARACTER * key.length + BYTES_PER_FIELD * fields,
  })

  return {
    find: (request, variant) => learned.get(keyOf(request, variant)) ?? null,
    learn(request, variant, { document, headers }) {
      const key = keyOf(request, variant)
      if (learned.has(key)) return
      const fields = countFields(schema, document)
      if (fields !== null) learned.set(key, { document, headers, fields, execute: compileQuery(schema, document) })
    },
  }
}

const keyOf = ({ query, operationName }: PlainRequest, variant: readonly unknown[]): string =>
  JSON.stringify([variant, operationName, query])
