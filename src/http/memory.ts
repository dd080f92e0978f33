import type { IncomingMessage, ServerResponse } from 'node:http'
import { createAnswers, type AnswersOptions, type Kept } from '../answers/answers.ts'
import { createRecording, type Recording } from '../answers/recording.ts'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import { freshnessOf, type CurrentLags } from '../graphql/freshness.ts'
import type { OperationOutcome } from './operation-outcome.ts'

export interface MemoryOptions extends AnswersOptions {
  readonly authenticate: Authenticate
  readonly lags: CurrentLags
  readonly onOperation: (outcome: OperationOutcome, seconds: number | null) => void
}

/** What Yoga need not find out again, and is to tell of a question. */
export interface Asked {
  readonly viewer: Viewer
  readonly recording: Recording
}

/** Answers questions that were asked before, where the database would still give the same answer. */
export interface Memory {
  /** ANSWERED, or what Yoga is to be told of the request; null where it is none to remember, or its credential is no good. */
  answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<'ANSWERED' | Asked | null>
  /** Sends an answer that is for keeping, and keeps it; else gives false. */
  keep(recording: Recording, answer: Response, response: ServerResponse): Promise<boolean>
  bytes(): number
}

/** What is longer brings data, and is not asked twice. */
const LONGEST_QUESTION = 16_384

export function createMemory(options: MemoryOptions): Memory {
  const { authenticate, lags, onOperation } = options
  const answers = createAnswers(options)

  async function send(response: ServerResponse, { text, headers, concerned }: Kept): Promise<void> {
    const known = concerned.length === 0 ? null : await lags()
    const rest = restOf(known === null ? undefined : { freshness: freshnessOf(known, concerned) })
    if (response.destroyed) return
    response.cork() // until its end: one packet
    response.writeHead(200, { ...headers, 'content-length': text.length + Buffer.byteLength(rest) })
    response.write(text)
    response.end(rest)
  }

  return {
    async answer(request, response, body) {
      if (options.maxBytes === 0 || !isQuestion(request, body)) return null
      const began = performance.now()
      // Yoga asks again, and says what is wrong.
      const viewer = await authenticate(request.headers.authorization ?? null).catch(() => null)
      if (viewer === null) return null
      const key = keyOf(viewer, request, body)
      const found = await answers.find(key, viewer.organizationId)
      if (found === null || 'land' in found) return { viewer, recording: createRecording(answers, key, found) }
      await send(response, found)
      onOperation('OK', (performance.now() - began) / 1_000)
      return 'ANSWERED'
    },
    async keep(recording, answer, response) {
      const finished = recording.finished()
      if (finished === null || !isJson(answer)) return false
      const text = await answer.text()
      const rest = restOf(finished.extensions)
      if (!text.endsWith(rest)) return false
      const headers = Object.fromEntries(answer.headers)
      delete headers['content-length']
      recording.keep(Buffer.from(text.slice(0, -rest.length)), headers)
      if (response.destroyed) return true
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) })
      response.end(text)
      return true
    },
    bytes: () => answers.bytes(),
  }
}

/** What follows the data in the text of an answer. */
const restOf = (extensions: unknown): string =>
  extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`

function isQuestion({ method, headers }: IncomingMessage, body: string): boolean {
  if (body.length > LONGEST_QUESTION || headers['access-control-request-method'] !== undefined) return false
  return method === 'GET' || (method === 'POST' && JSON_TYPES.test(headers['content-type'] ?? ''))
}

const isJson = ({ status, headers }: Response): boolean =>
  status === 200 && JSON_TYPES.test(headers.get('content-type') ?? '')

const JSON_TYPES = /^application\/(json|graphql\+json|graphql-response\+json)(;|$)/

// Law 8: who may see the same, and asks for it in the same words and in the same way, gets the same.
function keyOf({ organizationId, scopes }: Viewer, { method, url, headers }: IncomingMessage, body: string): string {
  const { accept, origin, 'content-type': type } = headers
  return `${JSON.stringify([organizationId, scopes.toSorted(), method, url, type, accept, origin])}${body}`
}
