import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createGuardedLookup, RefusedAddressError, type ResolveAll } from './guarded-lookup.ts'
import { literalOf } from './issue-of-url.ts'

export interface Letter {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborted when nobody needs the result any more. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

export interface Poster {
  /** Posts once and returns the response, whatever its status; redirects are not followed. Throws if there was none. */
  post(letter: Letter): Promise<Answer>
  close(): void
}

export interface PosterOptions {
  /** From the name lookup to the head of the response. */
  readonly timeoutMs: number
  /** Whether messages may go to an IP address. */
  readonly isAllowed: (address: string) => boolean
  /** Resolves a name. Default: the system's resolver. */
  readonly resolve?: ResolveAll
}

/** A response body is of no use: beyond this length it is not even read. */
const MAX_ANSWER_BYTES = 65_536

/** Posts over keep-alive connections, and to allowed addresses only. */
export function createPoster({ timeoutMs, isAllowed, resolve }: PosterOptions): Poster {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
  const lookup = createGuardedLookup(isAllowed, resolve)

  async function post(letter: Letter, timeout: AbortSignal): Promise<Answer> {
    const url = new URL(letter.url)
    const literal = literalOf(url.hostname)
    // A literal is not looked up. It was already refused when the URL was set, unless the settings have changed since.
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
      // The receiver closed a kept connection just when it was reused, which is neither side's fault.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !timeout.aborted) answer(post(letter, timeout))
      else reject(timeout.aborted && !letter.signal.aborted ? new Error(`no response within ${timeoutMs} ms`) : error)
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

// Read to its end, so that the connection can be reused.
function drain(response: IncomingMessage): void {
  let bytes = 0
  response.on('error', () => {}) // its status is already known
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) response.destroy()
  })
}
