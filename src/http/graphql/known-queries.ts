import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { compileQuery, type ExecuteQuery } from '../../executor/compile-query.ts'
import { countFields } from '../../executor/count-fields.ts'
import type { Answered } from './ask-yoga.ts'
import type { Question } from './question.ts'

/** A query that was answered before, to whoever asked, in the way in which it is asked. */
export interface KnownQuery extends Answered {
  /** Executes it without looking at the document. */
  readonly execute: ExecuteQuery
}

/** Learns from answers how to give others to the same query. */
export interface KnownQueries {
  /** Null where it is not known yet, or never. `manner`: what besides it the form of its answer depends on. */
  find(question: Question, manner: readonly unknown[]): KnownQuery | null
  learn(question: Question, manner: readonly unknown[], answered: Answered): void
}

const MOST = 1_000
const MOST_BYTES = 33_554_432
/** Of a query that is compiled, about. */
const [BYTES_PER_CHARACTER, BYTES_PER_FIELD] = [20, 2_000]

export function createKnownQueries(schema: GraphQLSchema): KnownQueries {
  const learned = new LRUCache<string, KnownQuery & { readonly fields: number }>({
    max: MOST,
    maxSize: MOST_BYTES,
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
