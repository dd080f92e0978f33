import type { DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { createDirectoriesAsked } from '../../answers/directories-asked.ts'
import { createIsCacheable } from '../../answers/is-cacheable.ts'
import type { Recording } from '../../answers/recording.ts'
import type { Context } from '../../graphql/context.ts'
import { schema } from '../../graphql/schema.ts'

/** What Yoga records about a response while producing it. */
export interface Recorded {
  /** Set if the response may be cached: see response-cache.ts. */
  readonly recording?: Recording | null
  readonly made?: Made
}

export interface Made {
  document: DocumentNode | null
  /** Set if the response has no errors; holds its extensions. */
  whole: { readonly extensions: unknown } | null
}

const isCacheable = createIsCacheable(schema)
const directoriesAsked = createDirectoriesAsked(schema)

/** Begins recording what is read for a document if its response can be cached. Call before anything is read. */
export function beginRecording(
  recording: Recording,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  { concerned }: Pick<Context, 'concerned'>,
): void {
  if (isCacheable(document)) recording.begin(concerned, directoriesAsked(document, variables))
}

/** Records what is executed, before anything is read, and when a response is complete. */
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
