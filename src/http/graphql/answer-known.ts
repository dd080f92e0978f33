import type { ServerResponse } from 'node:http'
import type { Recording } from '../../answers/recording.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { isPassing } from '../../db/errors.ts'
import { freshnessOf, type CurrentLags } from '../../graphql/freshness.ts'
import { letGo, type ContextOf } from './context-of.ts'
import type { KnownQuery } from './known-queries.ts'
import type { OnOperation } from './operation-outcome.ts'
import type { PlainRequest } from './plain-request.ts'
import { beginRecording } from './record-answers.ts'
import { faultInVariables } from './refuse-unstorable-texts.ts'
import { extensionsText, sendNew } from './send-answer.ts'

export interface AnswerKnownOptions {
  readonly contextOf: ContextOf
  readonly lags: CurrentLags
  readonly onOperation: OnOperation
}

/**
 * Answers a query that Yoga has answered before, exactly as Yoga would, with its compiled form. Resolves to false,
 * without having sent anything, if anything is wrong: Yoga then executes it and reports the error. Rejects if the
 * database cannot respond now (isPassing), so that it is not queried again right away.
 */
type AnswerKnown = (
  response: ServerResponse,
  known: KnownQuery,
  variables: PlainRequest['variables'],
  viewer: Viewer,
  recording: Recording | null,
) => Promise<boolean>

export function createAnswerKnown({ contextOf, lags, onOperation }: AnswerKnownOptions): AnswerKnown {
  return async (response, { document, execute, headers }, variables, viewer, recording) => {
    if (faultInVariables(variables) !== null) return false
    const began = performance.now()
    const context = contextOf(viewer)
    if (recording !== null) beginRecording(recording, document, variables, context)
    const data = await execute(context, variables)
      .catch(unlessPassing)
      .finally(() => letGo(context))
    if (data === null) return false
    const { concerned } = context
    const lag = concerned === null || concerned.size === 0 ? null : await lags()
    const text = `{"data":${JSON.stringify(data)}`
    const rest = extensionsText(lag === null ? undefined : { freshness: freshnessOf(lag, concerned!) })
    sendNew(response, headers, text, rest, recording)
    onOperation('OK', (performance.now() - began) / 1_000)
    return true
  }
}

function unlessPassing(fault: unknown): null {
  if (isPassing(fault)) throw fault
  return null // Yoga reports what is wrong
}
