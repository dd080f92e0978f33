import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import type { Authenticate } from '../auth/authenticate.ts'
import { hasScope } from '../auth/viewer.ts'
import type { ErrorCode } from '../graphql/errors.ts'
import { isMostlyText } from './is-mostly-text.ts'
import { isUpload } from './is-upload.ts'
import { BodyTooLargeError, readBody } from './read-body.ts'
import type { Memory } from './memory.ts'
import { respond } from './respond.ts'
import type { Handler } from './routes.ts'
import type { GraphQLServer, ServerContext } from './yoga.ts'

export interface GraphQLRouteOptions {
  readonly yoga: GraphQLServer
  readonly authenticate: Authenticate
  /** Of a request from anybody. */
  readonly maxBodyBytes: number
  /** Of one text from who may write accounts: a list of links. */
  readonly maxUploadBytes: number
  readonly memory: Memory
}

const FAULT: ErrorCode = 'INTERNAL_SERVER_ERROR'

/** `/graphql` over HTTP: the body is read once, as bytes, and what the memory cannot answer is asked of Yoga, as a text. */
export function createGraphQLRoute(options: GraphQLRouteOptions): Handler {
  const { yoga, authenticate, maxBodyBytes, maxUploadBytes, memory } = options
  const { Request } = yoga.fetchAPI

  function askYoga(request: IncomingMessage, response: ServerResponse, body: string, context: ServerContext) {
    const { method = 'GET', headers, url = '/' } = request
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const asked = new Request(`http://${headers.host ?? 'localhost'}${url}`, {
      method,
      headers: headers as Record<string, string>, // lists of values too, as Yoga itself gives them
      signal: gone.signal,
      ...(body === '' ? {} : { body }),
    })
    return yoga.handleRequest(asked, context)
  }

  // A list of a hundred thousand rows may be pasted too. Nobody else is listened to for as long, nor who does not say for how long.
  async function limitOf({ headers }: IncomingMessage): Promise<number> {
    if (Number(headers['content-length'] ?? 0) <= maxBodyBytes) return maxBodyBytes
    const mayImport = await authenticate(headers.authorization ?? null).then(
      (viewer) => hasScope(viewer, 'accounts:write'),
      () => false, // told once the body is refused
    )
    return mayImport ? Math.max(maxBodyBytes, maxUploadBytes) : maxBodyBytes
  }

  async function readAndAnswer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const bytes = await readBody(request, await limitOf(request))
        if (bytes.length > maxBodyBytes && !isMostlyText(bytes)) throw new BodyTooLargeError(maxBodyBytes)
        body = bytes.toString()
      }
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) return // who hung up waits for no answer
      // What it still sends would be taken for the next request.
      response.setHeader('connection', 'close')
      request.resume()
      const refused = await askYoga(request, response, '', { unread: maxBodyBytes })
      return sendNodeResponse(refused, response, request, true)
    }
    const asked = await memory.answer(request, response, body)
    if (asked === 'ANSWERED') return undefined
    try {
      const answer = await askYoga(request, response, body, asked ?? {})
      if (asked !== null && (await memory.keep(asked.recording, answer, response))) return undefined
      return await sendNodeResponse(answer, response, request, true)
    } catch (error) {
      respond(response, 500, { errors: [{ message: 'Unexpected error.', extensions: { code: FAULT } }] })
      throw error
    } finally {
      asked?.recording.end()
    }
  }

  return (request, response) =>
    isUpload(request.headers['content-type']) ? yoga(request, response, {}) : readAndAnswer(request, response)
}
