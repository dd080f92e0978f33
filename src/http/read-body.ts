import type { IncomingMessage } from 'node:http'

export class BodyTooLargeError extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(`The body must be ${limit} bytes at the most`)
    this.name = 'BodyTooLargeError'
    this.limit = limit
  }
}

/**
 * The bytes of a request's body as they came. Throws BodyTooLargeError as soon as there are more than `limit`, whether or
 * not Content-Length admits it; what is still to come is not read. Throws what the connection says when it breaks.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError(limit)
  const chunks: Buffer[] = []
  let size = 0
  // Not destroyed when it is too long: the answer has to go out on the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new BodyTooLargeError(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
