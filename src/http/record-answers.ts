import type { Plugin } from 'graphql-yoga'
import { createDirectoriesAsked } from '../answers/directories-asked.ts'
import { createIsTold } from '../answers/is-told.ts'
import type { Recording } from '../answers/recording.ts'
import type { Context } from '../graphql/context.ts'
import { schema } from '../graphql/schema.ts'

/** What a request brings whose answer may be kept: see memory.ts. */
export interface Recorded {
  readonly recording?: Recording
}

const isTold = createIsTold(schema)
const directoriesAsked = createDirectoriesAsked(schema)

/** Tells a request's recording when an answer that can be kept begins, and when it is whole. */
export const recordAnswers: Plugin<Context & Recorded, Recorded> = {
  onExecute({ args }) {
    const { recording, concerned } = args.contextValue
    if (recording === undefined || !isTold(args.document)) return
    recording.begin(concerned, directoriesAsked(args.document, args.variableValues ?? {}))
  },
  onExecutionResult({ result, context }) {
    if (result === undefined || Array.isArray(result) || !('data' in result) || result.errors !== undefined) return
    context.recording?.finish(result.extensions)
  },
}
