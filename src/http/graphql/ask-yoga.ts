import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import type { DocumentNode } from 'graphql'
import { isJsonType } from './plain-request.ts'
import type { Made } from './record-answers.ts'
import { extensionsText, sendNew } from './send-answer.ts'
import type { GraphQLServer, ServerContext } from './yoga.ts'

/** A Yoga response without errors. */
export interface Answered {
  readonly document: DocumentNode
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Has Yoga answer a request whose body was read, and caches the response if it may be cached. Resolves to null if the
 * response is not complete.
 */
type AskYoga = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  context?: Omit<ServerContext, 'made'>,
) => Promise<Answered | null>

export function createAskYoga(yoga: GraphQLServer): AskYoga {
  const { Request } = yoga.fetchAPI

  function ask(request: IncomingMessage, response: ServerResponse, body: string, context: ServerContext) {
    const { method = 'GET', headers, url = '/' } = request
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const host = headers.host ?? ''
    const asked = new Request(`http://${URL.canParse(`http://${host}`) ? host : 'localhost'}${url}`, {
      method,
      headers: headers as Record<string, string>, // includes lists of values, as passed by Yoga itself
      signal: gone.signal,
      ...(body === '' ? {} : { body }),
    })
    return yoga.handleRequest(asked, context)
  }

  return async (request, response, body, context = {}) => {
    const made: Made = { document: null, whole: null }
    const answer = await ask(request, response, body, { ...context, made })
    const { document, whole } = made
    const isWhole = whole !== null && document !== null && answer.status === 200
    if (!isWhole || !isJsonType(answer.headers.get('content-type'))) {
      await sendNodeResponse(answer, response, request, true)
      return null
    }
    const { 'content-length': _ofYoga, ...headers } = Object.fromEntries(answer.headers)
    const text = await answer.text()
    const rest = extensionsText(whole.extensions)
    // Something was added to it since: send it unchanged, and do not cache it.
    if (!text.endsWith(rest)) {
      sendNew(response, headers, '', text, null)
      return null
    }
    sendNew(response, headers, text.slice(0, -rest.length), rest, context.recording)
    return { document, headers }
  }
}
