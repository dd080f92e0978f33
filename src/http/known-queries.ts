import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Answered } from './ask-yoga.ts'
import { compileQuery, type ExecuteQuery } from './compile-query.ts'
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
const MOST_CHARACTERS = 500_000

interface Learned extends Answered {
  uses: number
  /** Null where it is no query, or cannot be compiled. */
  known: KnownQuery | null
}

export function createKnownQueries(schema: GraphQLSchema): KnownQueries {
  const learned = new LRUCache<string, Learned>({
    max: MOST,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_learned, key) => key.length,
  })

  return {
    find: (question, manner) => learned.get(keyOf(question, manner))?.known ?? null,
    async learn(question, manner, { document, headers }) {
      const key = keyOf(question, manner)
      const one = learned.get(key) ?? { document, headers, uses: 0, known: null }
      one.uses += 1
      if (one.uses === 1) learned.set(key, one)
      if (one.uses !== USES - 1) return
      const execute = await compileQuery(schema, document, question.operationName)
      if (execute !== null) one.known = { document, headers, execute }
    },
  }
}

const keyOf = ({ query, operationName }: Question, manner: readonly unknown[]): string =>
  `${manner.join('\n')}\n${operationName ?? ''}\n${query}`
