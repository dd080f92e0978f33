import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createGuardedLookup, RefusedAddressError, type ResolveAll } from './guarded-lookup.ts'
import { literalOf } from './issue-of-url.ts'

export interface Letter {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborted when nobody wants to know any more. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

export interface Poster {
  /** Posts once and gives what was answered, whatever it was; redirects are not followed. Throws where nothing was. */
  post(letter: Letter): Promise<Answer>
  close(): void
}

export interface PosterOptions {
  /** From the look-up of the name to the head of the answer. */
  readonly timeoutMs: number
  /** Whether messages may go to an IP address. */
  readonly isAllowed: (address: string) => boolean
  /** What a name resolves to; absent: what the system says. */
  readonly resolve?: ResolveAll
}

/** An answer's body is of no use: what is longer than this is not even waited for. */
const MOST_ANSWER_BYTES = 65_536

/** Posts over connections that are kept for the next message, and to allowed addresses only. */
export function createPoster({ timeoutMs, isAllowed, resolve }: PosterOptions): Poster {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
  const lookup = createGuardedLookup(isAllowed, resolve)

  async function post(letter: Letter, timeout: AbortSignal): Promise<Answer> {
    const url = new URL(letter.url)
    const literal = literalOf(url.hostname)
    // A literal is not looked up. It was refused when it was given, if the settings were then as they are now.
    if (literal !== null && !isAllowed(literal)) throw new RefusedAddressError()
    const { promise, resolve: answer, reject } = Promise.withResolvers<Answer>()
    const options: RequestOptions = {
      lookup,
      method: 'POST',
      headers: { ...letter.headers, 'content-length': Buffer.byteLength(letter.body) },
      signal: AbortSignal.any([letter.signal, timeout]),
    }
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: agents['https:'] })
        : httpRequest(url, { ...options, agent: agents['http:'] })
    request.on('response', (response) => {
      drain(response)
      answer({ status: response.statusCode!, retryAfter: response.headers['retry-after'] })
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The receiver closed a connection that had been kept just when it was used again, which is no fault of either.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !timeout.aborted) answer(post(letter, timeout))
      else reject(timeout.aborted && !letter.signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error)
    })
    request.end(letter.body)
    return promise
  }

  return {
    post: (letter) => post(letter, AbortSignal.timeout(timeoutMs)),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

// To its end, so that the connection can be used again.
function drain(response: IncomingMessage): void {
  let bytes = 0
  response.on('error', () => {}) // its status has been taken
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_ANSWER_BYTES) response.destroy()
  })
}
