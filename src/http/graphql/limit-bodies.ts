import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isUpload } from './is-upload.ts'

export interface BodyLimits {
  /** Of a request that brings a file. */
  readonly maxUploadBytes: number
}

/** Of a body that node:http did not read to its end: the limit that it went beyond. */
export interface UnreadRequest {
  readonly unread?: number
}

/**
 * Law 10, for the bytes of a request, whether or not Content-Length admits them. What fits into memory was read before
 * Yoga (graphql-route.ts), since a stream of Yoga's costs more than many a query; files are limited here, while they
 * are read. Has to stand behind whatever chooses how a body is read.
 */
export function limitBodies({ maxUploadBytes }: BodyLimits): Plugin<object, UnreadRequest> {
  return {
    onRequestParse({ request, serverContext, requestParser, setRequestParser, fetchAPI }) {
      if (requestParser === undefined) return
      if (serverContext.unread !== undefined)
        throw tooLarge(
          `${serverContext.unread} bytes, or ${maxUploadBytes} where it brings a file or a list as one text,`,
        )
      if (!isUpload(request.headers.get('content-type')) || request.body === null) return
      requirePreflight(request)
      const most = `${maxUploadBytes} bytes`
      const admitted = request.headers.get('content-length')
      if (admitted !== null && Number(admitted) > maxUploadBytes) throw tooLarge(most)
      setRequestParser((whole) => requestParser(limited(whole, maxUploadBytes, most, fetchAPI.Request)))
    },
  }
}

// A browser sends multipart/form-data to anybody without asking first, unless a header stands beside it that forms
// cannot have. https://github.com/jaydenseric/graphql-multipart-request-spec leaves it to servers to see to that.
function requirePreflight({ headers }: Request): void {
  const names = ['authorization', 'apollo-require-preflight', 'graphql-require-preflight', 'x-graphql-yoga-csrf']
  if (names.some((name) => headers.has(name))) return
  const message = 'A multipart request needs the header Authorization, or GraphQL-Require-Preflight'
  throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

function limited(request: Request, limit: number, most: string, RequestOf: typeof Request): Request {
  let size = 0
  const counted = request.body!.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        size += chunk.byteLength
        if (size > limit) controller.error(tooLarge(most))
        else controller.enqueue(chunk)
      },
    }),
  )
  const { url, method, headers, signal } = request
  return new RequestOf(url, { method, headers, signal, body: counted, duplex: 'half' } as RequestInit)
}

function tooLarge(most: string): GraphQLError {
  return new GraphQLError(`The body must be ${most} at the most`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 413 } },
  })
}
