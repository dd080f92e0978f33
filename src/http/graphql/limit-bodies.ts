import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isUpload } from './is-upload.ts'

export interface BodyLimits {
  /** The limit for a request with a file. */
  readonly maxUploadBytes: number
}

/** Set if a body could not be read: why. */
export interface RefusedRequest {
  readonly refused?: GraphQLError
}

/**
 * Law 10, for the bytes of a request, whether or not Content-Length declares them. Bodies that fit into memory were
 * read before Yoga (graphql-route.ts), since a Yoga stream costs more than many queries; files are limited here, while
 * they are read. Must come after every plugin that chooses how a body is read.
 */
export function limitBodies({ maxUploadBytes }: BodyLimits): Plugin<object, RefusedRequest> {
  return {
    onRequestParse({ request, serverContext, requestParser, setRequestParser, fetchAPI }) {
      if (requestParser === undefined) return
      if (serverContext.refused !== undefined) throw serverContext.refused
      if (!isUpload(request.headers.get('content-type')) || request.body === null) return
      requirePreflight(request)
      const most = `${maxUploadBytes} bytes`
      const admitted = request.headers.get('content-length')
      if (admitted !== null && Number(admitted) > maxUploadBytes) throw tooLarge(most)
      setRequestParser((whole) => requestParser(limited(whole, maxUploadBytes, most, fetchAPI.Request)))
    },
  }
}

// A browser sends multipart/form-data cross-origin without a preflight, unless the request has a header that forms
// cannot set. https://github.com/jaydenseric/graphql-multipart-request-spec leaves it to servers to require one.
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

/** The refusal of a body of more than `most`. */
export function tooLarge(most: string): GraphQLError {
  return new GraphQLError(`The body must be at most ${most}`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 413 } },
  })
}
