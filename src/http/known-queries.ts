import type { DocumentNode, GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Answered } from './ask-yoga.ts'
import { compileQuery, type ExecuteQuery } from './compile-query.ts'
import { countFields } from './count-fields.ts'
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
  learn(question: Question, manner: readonly unknown[], answered: Answered): Promise<void>
}

// What is asked once is not worth it: to compile takes as long as to execute a few times.
const USES = 3
const MOST = 1_000
const MOST_BYTES = 33_554_432
/** Of a query that is compiled, about. */
const [BYTES_PER_CHARACTER, BYTES_PER_FIELD] = [20, 2_000]

interface Learned extends Answered {
  readonly fields: number
  uses: number
  /** Null as long as it is not compiled, and where it cannot be. */
  known: KnownQuery | null
}

export function createKnownQueries(schema: GraphQLSchema): KnownQueries {
  const learned = new LRUCache<string, Learned>({
    max: MOST,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ fields }, key) => BYTES_PER_CHARACTER * key.length + BYTES_PER_FIELD * fields,
  })
  const counted = new WeakMap<DocumentNode, { readonly fields: number | null }>()

  function fieldsOf(document: DocumentNode): number | null {
    let known = counted.get(document)
    if (known === undefined) counted.set(document, (known = { fields: countFields(schema, document) }))
    return known.fields
  }

  return {
    find: (question, manner) => learned.get(keyOf(question, manner))?.known ?? null,
    async learn(question, manner, { document, headers }) {
      const fields = fieldsOf(document)
      if (fields === null) return
      const key = keyOf(question, manner)
      const one = learned.get(key) ?? { document, headers, fields, uses: 0, known: null }
      one.uses += 1
      if (one.uses === 1) learned.set(key, one)
      if (one.uses !== USES - 1) return
      const execute = await compileQuery(schema, document)
      if (execute !== null) one.known = { document, headers, execute }
    },
  }
}

const keyOf = ({ query, operationName }: Question, manner: readonly unknown[]): string =>
  `${manner.join('\n')}\n${operationName ?? ''}\n${query}`
