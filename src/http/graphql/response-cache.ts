import type { IncomingMessage, ServerResponse } from 'node:http'
import { createAnswers, type AnswersOptions, type CachedResponse } from '../../answers/answers.ts'
import { createAskedBefore } from '../../answers/asked-before.ts'
import { createRecording, type Recording } from '../../answers/recording.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { freshnessOf, type CurrentLags } from '../../graphql/freshness.ts'
import type { OnOperation } from './operation-outcome.ts'
import { variantOf } from './plain-request.ts'
import { extensionsText, sendAnswer } from './send-answer.ts'

interface ResponseCacheOptions extends AnswersOptions {
  readonly lags: CurrentLags
  readonly onOperation: OnOperation
}

/** Answers repeated requests for which the database would still return the same response. */
export interface ResponseCache {
  /**
   * Resolves to 'answered', or to a recording for the response that the caller must produce; null if it will not be
   * cached.
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
    viewer: Viewer,
  ): Promise<'answered' | Recording | null>
  bytes(): number
}

const MAX_ASKED = 10_000

export function createResponseCache({ lags, onOperation, ...options }: ResponseCacheOptions): ResponseCache {
  const answers = createAnswers(options)
  const askedBefore = createAskedBefore(MAX_ASKED)

  async function send(response: ServerResponse, { text, headers, concerned }: CachedResponse): Promise<void> {
    const known = concerned.length === 0 ? null : await lags()
    const extensions = known === null ? undefined : { freshness: freshnessOf(known, concerned) }
    sendAnswer(response, headers, text, extensionsText(extensions))
  }

  return {
    async answer(request, response, body, viewer) {
      if (options.maxBytes === 0) return null
      const began = performance.now()
      const key = keyOf(viewer, request, body)
      const found = await answers.find(key, viewer.organizationId)
      if (found === null) return askedBefore(key) ? createRecording(answers, key, null) : null
      if ('land' in found) return createRecording(answers, key, found)
      await send(response, found)
      onOperation('OK', (performance.now() - began) / 1_000)
      return 'answered'
    },
    bytes: () => answers.bytes(),
  }
}

// Law 8: viewers with the same access who send the same request, for the same variant of the response, share it.
function keyOf({ organizationId, scopes }: Viewer, request: IncomingMessage, body: string): string {
  return `${JSON.stringify([organizationId, scopes.toSorted(), ...variantOf(request)])}${body}`
}
