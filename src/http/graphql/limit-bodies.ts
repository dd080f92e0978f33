import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { hasScope } from '../../auth/viewer.ts'
import type { ViewerOf } from './authenticate-first.ts'
import { isUpload } from './is-upload.ts'

export interface BodyLimits {
  readonly maxBodyBytes: number
  /** The limit for a request with a file, from viewers with `accounts:write`. */
  readonly maxUploadBytes: number
}

/** Set if a body could not be read: why. */
export interface RefusedRequest {
  readonly refused?: GraphQLError
}

/**
 * Law 10, for the bytes of a request, whether or not Content-Length declares them. Bodies that fit into memory were
 * read before Yoga (graphql-route.ts), since a Yoga stream costs more than many queries; files are limited here, while
 * they are read, and not read at all from strangers: `viewerOf` throws the GraphQLError that refuses them. Must come
 * after every plugin that chooses how a body is read.
 */
export function limitBodies(limits: BodyLimits, viewerOf: ViewerOf): Plugin<object, RefusedRequest> {
  return {
    async onRequestParse({ request, serverContext, requestParser, setRequestParser, fetchAPI }) {
      if (requestParser === undefined) return
      if (serverContext.refused !== undefined) throw serverContext.refused
      if (!isUpload(request.headers.get('content-type')) || request.body === null) return
      requirePreflight(request)
      const limit = hasScope(await viewerOf(request), 'accounts:write') ? limits.maxUploadBytes : limits.maxBodyBytes
      const most = `${limit} bytes`
      const admitted = request.headers.get('content-length')
      if (admitted !== null && Number(admitted) > limit) throw tooLarge(most)
      setRequestParser((whole) => requestParser(limited(whole, limit, most, fetchAPI.Request)))
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
