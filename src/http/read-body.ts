import type { IncomingMessage } from 'node:http'

export class BodyTooLargeError extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(`The body must be at most ${limit} bytes`)
    this.name = 'BodyTooLargeError'
    this.limit = limit
  }
}

/** A body was given up unfinished, since it and others took too much memory at once. */
export class TooManyBodiesError extends Error {
  constructor() {
    super('Too much is being sent at once; send it again later')
    this.name = 'TooManyBodiesError'
  }
}

/**
 * Reads the raw bytes of a request's body. Throws BodyTooLargeError as soon as there are more than `limit`, whether or
 * not Content-Length declares it, and TooManyBodiesError if it is given up; the rest is not read. Throws the
 * connection's error if it breaks.
 */
export type ReadBody = (request: IncomingMessage, limit: number) => Promise<Buffer>

/**
 * Unfinished bodies hold at most `maxBytes` together (law 10), apart from the one that is being copied: senders need no
 * credentials to begin one. If there is not enough room, the bodies that began first are given up: whoever sends in one
 * go is hardly ever among them.
 */
export function createReadBody(maxBytes: number): ReadBody {
  const unfinished = new Set<UnfinishedBody>() // in the order in which they began
  let held = 0

  function makeRoom(): void {
    for (const body of unfinished) {
      if (held <= maxBytes) return
      body.fail(new TooManyBodiesError())
    }
  }

  return (request, limit) =>
    new Promise((resolve, reject) => {
      if (Number(request.headers['content-length'] ?? 0) > limit) return reject(new BodyTooLargeError(limit))
      const body: UnfinishedBody = { bytes: new Bytes(), fail }
      unfinished.add(body)
      function end(): void {
        if (unfinished.delete(body)) held -= body.bytes.capacity
      }
      function fail(error: Error): void {
        end()
        reject(error)
        // Not destroyed: the response must be sent on the same connection.
        request.off('data', take).pause()
      }
      function take(chunk: Buffer): void {
        if (body.bytes.length + chunk.length > limit) return fail(new BodyTooLargeError(limit))
        held -= body.bytes.capacity
        body.bytes.append(chunk)
        held += body.bytes.capacity
        makeRoom()
      }
      request
        .on('data', take)
        .once('end', () => {
          end()
          resolve(body.bytes.whole())
        })
        .once('error', fail)
        // A client that hangs up midway may close the connection without an error.
        .once('close', () => fail(new Error('The connection was closed before the end of the body')))
    })
}

interface UnfinishedBody {
  readonly bytes: Bytes
  readonly fail: (error: Error) => void
}

/**
 * Bytes that come in pieces, each of which is copied: a list of pieces of one byte would take hundreds of times the
 * memory. What comes in one piece, as most bodies do, is not copied.
 */
class Bytes {
  #buffer: Buffer = Buffer.alloc(0)
  length = 0

  get capacity(): number {
    return this.#buffer.length
  }

  append(piece: Buffer): void {
    const length = this.length + piece.length
    if (this.length === 0) this.#buffer = piece
    else {
      if (length > this.capacity) {
        const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.capacity))
        larger.set(this.#buffer.subarray(0, this.length))
        this.#buffer = larger
      }
      this.#buffer.set(piece, this.length)
    }
    this.length = length
  }

  whole(): Buffer {
    return this.length === this.capacity ? this.#buffer : Buffer.from(this.#buffer.subarray(0, this.length))
  }
}
