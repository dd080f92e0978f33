import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Authenticate } from '../../auth/authenticate.ts'
import { hasScope } from '../../auth/viewer.ts'
import type { ErrorCode } from '../../graphql/errors.ts'
import { schema } from '../../graphql/schema.ts'
import { createAnswerKnown, type AnswerKnownOptions } from './answer-known.ts'
import { createAskYoga } from './ask-yoga.ts'
import { isMostlyText } from './is-mostly-text.ts'
import { isUpload } from './is-upload.ts'
import { tooLarge } from './limit-bodies.ts'
import { createKnownQueries } from './known-queries.ts'
import { isRepeatable, readPlainRequest, variantOf } from './plain-request.ts'
import { readUtf8 } from './read-utf8.ts'
import { refusedWith } from './unavailable.ts'
import type { ResponseCache } from './response-cache.ts'
import { BodyTooLargeError, TooManyBodiesError, type ReadBody } from '../read-body.ts'
import { UNAVAILABLE } from '../refusal-of.ts'
import { respond } from '../respond.ts'
import type { Handler } from '../routes.ts'
import type { GraphQLServer } from './yoga.ts'

interface GraphQLRouteOptions extends AnswerKnownOptions {
  readonly yoga: GraphQLServer
  readonly authenticate: Authenticate
  readonly readBody: ReadBody
  /** The body limit for any request. */
  readonly maxBodyBytes: number
  /** The limit for a list of links as one string, from viewers with `accounts:write`. */
  readonly maxUploadBytes: number
  readonly responseCache: ResponseCache
}

const FAULT: ErrorCode = 'INTERNAL_SERVER_ERROR'

/**
 * `/graphql` over HTTP: the body is read once, as bytes. Repeated requests are answered from the response cache, known
 * queries by their compiled form, and everything else by Yoga.
 */
export function createGraphQLRoute(options: GraphQLRouteOptions): Handler {
  const { yoga, authenticate, readBody, maxBodyBytes, maxUploadBytes, responseCache } = options
  const askYoga = createAskYoga(yoga)
  const knownQueries = createKnownQueries(schema)
  const answerKnown = createAnswerKnown(options)
  const limits = `${maxBodyBytes} bytes, or ${maxUploadBytes} for a file or an inline list`

  // A list of a hundred thousand rows may also be sent inline. No other caller may send this much, nor may requests
  // without Content-Length.
  async function limitOf({ headers }: IncomingMessage): Promise<number> {
    if (Number(headers['content-length'] ?? 0) <= maxBodyBytes) return maxBodyBytes
    const mayImport = await authenticate(headers.authorization ?? null).then(
      (viewer) => hasScope(viewer, 'accounts:write'),
      () => false, // reported once the body is refused
    )
    return mayImport ? Math.max(maxBodyBytes, maxUploadBytes) : maxBodyBytes
  }

  async function readAndAnswer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const bytes = await readUtf8(readBody, request, await limitOf(request))
        if (bytes.length > maxBodyBytes && !isMostlyText(bytes)) throw new BodyTooLargeError(maxBodyBytes)
        body = bytes.toString()
      }
    } catch (error) {
      const refused =
        error instanceof BodyTooLargeError
          ? tooLarge(limits)
          : error instanceof TooManyBodiesError
            ? refusedWith({ ...UNAVAILABLE, message: error.message })
            : error
      if (!(refused instanceof GraphQLError)) return // the client hung up
      // The rest of the body would be taken for the next request.
      response.setHeader('connection', 'close')
      request.resume()
      await askYoga(request, response, '', { refused })
      return
    }
    try {
      await (isRepeatable(request, body) ? answerRepeatable(request, response, body) : askYoga(request, response, body))
    } catch (error) {
      respond(response, 500, { errors: [{ message: 'Unexpected error.', extensions: { code: FAULT } }] })
      throw error
    }
  }

  async function answerRepeatable(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    // Yoga authenticates again, and reports what is wrong.
    const viewer = await authenticate(request.headers.authorization ?? null).catch(() => null)
    if (viewer === null) return void (await askYoga(request, response, body))
    const recording = await responseCache.answer(request, response, body, viewer)
    if (recording === 'answered') return
    try {
      const plain = request.method === 'POST' ? readPlainRequest(body) : null
      const variant = variantOf(request)
      const known = plain && knownQueries.find(plain, variant)
      const answered =
        known !== null &&
        (await answerKnown(response, known, plain!.variables, viewer, recording).catch(async (fault: unknown) => {
          await askYoga(request, response, body, { viewer, fault })
          return true
        }))
      if (answered) return
      const answer = await askYoga(request, response, body, { viewer, recording })
      if (answer !== null && plain !== null) knownQueries.learn(plain, variant, answer)
    } finally {
      recording?.end()
    }
  }

  return (request, response) => {
    if (!isUpload(request.headers['content-type'])) return readAndAnswer(request, response)
    // If it is refused, its file is not read: on a connection that stays open, Node would go on receiving it.
    response.setHeader('connection', 'close')
    return yoga(request, response, {})
  }
}
