import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { compileQuery, type ExecuteQuery } from '../../executor/compile-query.ts'
import { countFields } from '../../executor/count-fields.ts'
import type { Answered } from './ask-yoga.ts'
import type { Question } from './question.ts'

/** A query that was answered before, for any viewer, in the same manner of request. */
export interface KnownQuery extends Answered {
  /** Executes it without walking the document. */
  readonly execute: ExecuteQuery
}

/** Compiles queries once they were answered, for later requests of the same query. */
export interface KnownQueries {
  /** Returns null if it is not known (yet). `manner`: what else the form of the response depends on. */
  find(question: Question, manner: readonly unknown[]): KnownQuery | null
  learn(question: Question, manner: readonly unknown[], answered: Answered): void
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
    find: (question, manner) => learned.get(keyOf(question, manner)) ?? null,
    learn(question, manner, { document, headers }) {
      const key = keyOf(question, manner)
      if (learned.has(key)) return
      const fields = countFields(schema, document)
      if (fields !== null) learned.set(key, { document, headers, fields, execute: compileQuery(schema, document) })
    },
  }
}

const keyOf = ({ query, operationName }: Question, manner: readonly unknown[]): string =>
  JSON.stringify([manner, operationName, query])
