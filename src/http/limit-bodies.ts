import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isUpload } from './is-upload.ts'

export interface BodyLimits {
  readonly maxBodyBytes: number
  /** Of a request that brings a file. */
  readonly maxUploadBytes: number
}

/**
 * Law 10, for the bytes of a request, whether or not Content-Length admits them. Yoga has one limit for all; a list of a
 * hundred thousand rows needs more than an operation may have. Has to stand behind whatever chooses how a body is read.
 */
export function limitBodies({ maxBodyBytes, maxUploadBytes }: BodyLimits): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      if (requestParser === undefined || request.body === null) return
      const upload = isUpload(request)
      if (upload) requirePreflight(request)
      const limit = upload ? maxUploadBytes : maxBodyBytes
      const most = upload ? `${limit} bytes` : `${limit} bytes, or ${maxUploadBytes} where it brings a file,`
      const admitted = request.headers.get('content-length')
      if (admitted !== null && Number(admitted) > limit) throw tooLarge(most)
      setRequestParser((whole) => requestParser(limited(whole, limit, most, fetchAPI.Request)))
    },
  }
}

// A browser sends multipart/form-data to anybody without asking first, unless a header stands beside it that forms cannot
// have. https://github.com/jaydenseric/graphql-multipart-request-spec leaves it to servers to see to that.
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
