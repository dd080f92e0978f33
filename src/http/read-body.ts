import type { IncomingMessage } from 'node:http'

export class BodyTooLargeError extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(`The body must be at most ${limit} bytes`)
    this.name = 'BodyTooLargeError'
    this.limit = limit
  }
}

/**
 * Reads the raw bytes of a request's body. Throws BodyTooLargeError as soon as there are more than `limit`, whether or
 * not Content-Length declares it; the rest is not read. Throws the connection's error if it breaks.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(new BodyTooLargeError(limit))
    const chunks: Buffer[] = []
    let size = 0
    function take(chunk: Buffer): void {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      // Not destroyed: the response must be sent on the same connection.
      request.off('data', take).pause()
      reject(new BodyTooLargeError(limit))
    }
    request
      .on('data', take)
      .once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
      .once('error', reject)
      // A client that hangs up midway may close the connection without an error.
      .once('close', () => reject(new Error('The connection was closed before the end of the body')))
  })
}
