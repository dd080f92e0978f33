import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import { isUpload } from './is-upload.ts'
import type { Unread } from './limit-bodies.ts'
import { BodyTooLargeError, readBody } from './read-body.ts'
import type { Handler } from './routes.ts'
import type { GraphQLServer } from './yoga.ts'

export interface GraphQLRouteOptions {
  readonly yoga: GraphQLServer
  /** Of a request that brings no file. */
  readonly maxBodyBytes: number
}

/** `/graphql` over HTTP: the body is read once, as bytes, and Yoga is given a text in place of a stream. */
export function createGraphQLRoute({ yoga, maxBodyBytes }: GraphQLRouteOptions): Handler {
  const { Request } = yoga.fetchAPI

  async function answer(request: IncomingMessage, response: ServerResponse, body: string, read: Unread): Promise<void> {
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
    await sendNodeResponse(await yoga.handleRequest(asked, read), response, request, true)
  }

  async function readAndAnswer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    let read: Unread = {}
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        body = (await readBody(request, maxBodyBytes)).toString()
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) return // who hung up waits for no answer
      read = { unread: error.limit }
    }
    await answer(request, response, body, read)
  }

  return (request, response) =>
    isUpload(request.headers['content-type']) ? yoga(request, response, {}) : readAndAnswer(request, response)
}
