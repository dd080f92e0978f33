import type { DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { createDirectoriesAsked } from '../../answers/directories-asked.ts'
import { createIsTold } from '../../answers/is-told.ts'
import type { Recording } from '../../answers/recording.ts'
import type { Context } from '../../graphql/context.ts'
import { schema } from '../../graphql/schema.ts'

/** What Yoga is to tell of an answer while it works it out. */
export interface Recorded {
  /** Of an answer that may be kept: see memory.ts. */
  readonly recording?: Recording | null
  readonly made?: Made
}

export interface Made {
  document: DocumentNode | null
  /** What the answer says besides its data; null where it has errors, or is none. */
  whole: { readonly extensions: unknown } | null
}

const isTold = createIsTold(schema)
const directoriesAsked = createDirectoriesAsked(schema)

/** Begins to record what is read for a document, where its answer can be kept. Call before anything is read. */
export function beginRecording(
  recording: Recording,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  { concerned }: Pick<Context, 'concerned'>,
): void {
  if (isTold(document)) recording.begin(concerned, directoriesAsked(document, variables))
}

/** Tells what is executed, before anything of it is read, and when an answer is whole. */
export const recordAnswers: Plugin<Context & Recorded, Recorded> = {
  onExecute({ args: { document, variableValues, contextValue } }) {
    const { recording, made } = contextValue
    if (made !== undefined) made.document = document
    if (recording != null) beginRecording(recording, document, variableValues ?? {}, contextValue)
  },
  onExecutionResult({ result, context: { made } }) {
    if (made === undefined || result === undefined || Array.isArray(result)) return
    if ('data' in result && result.errors === undefined) made.whole = { extensions: result.extensions }
  },
}
