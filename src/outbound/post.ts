import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createGuardedLookup, RefusedAddressError, type ResolveAll } from './guarded-lookup.ts'
import { literalOf } from './issue-of-url.ts'

interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborted when the result is no longer needed. */
  readonly signal: AbortSignal
}

interface PostResponse {
  readonly status: number
  readonly retryAfter: string | undefined
}

export interface Poster {
  /** Posts once and returns the response, whatever its status; redirects are not followed. Throws if there was none. */
  post(request: PostRequest): Promise<PostResponse>
  close(): void
}

interface PosterOptions {
  /** From the name lookup to the head of the response. */
  readonly timeoutMs: number
  /** Whether messages may go to an IP address. */
  readonly isAllowed: (address: string) => boolean
  /** Resolves a name. Default: the system's resolver. */
  readonly resolve?: ResolveAll
}

/** A response body is of no use: beyond this length it is not even read. */
const MAX_RESPONSE_BYTES = 65_536

/** Posts over keep-alive connections, and to allowed addresses only. */
export function createPoster({ timeoutMs, isAllowed, resolve }: PosterOptions): Poster {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
  const lookup = createGuardedLookup(isAllowed, resolve)

  async function post(request: PostRequest, timeout: AbortSignal): Promise<PostResponse> {
    const url = new URL(request.url)
    const literal = literalOf(url.hostname)
    // A literal is not looked up. It was already refused when the URL was set, unless the settings have changed since.
    if (literal !== null && !isAllowed(literal)) throw new RefusedAddressError()
    const { promise, resolve: answer, reject } = Promise.withResolvers<PostResponse>()
    const options: RequestOptions = {
      lookup,
      method: 'POST',
      headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body) },
      signal: AbortSignal.any([request.signal, timeout]),
    }
    const outgoing =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: agents['https:'] })
        : httpRequest(url, { ...options, agent: agents['http:'] })
    outgoing.on('response', (response) => {
      drain(response)
      answer({ status: response.statusCode!, retryAfter: response.headers['retry-after'] })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The receiver closed a kept connection just when it was reused, which is neither side's fault.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET' && !timeout.aborted) answer(post(request, timeout))
      else reject(timeout.aborted && !request.signal.aborted ? new Error(`no response within ${timeoutMs} ms`) : error)
    })
    outgoing.end(request.body)
    return promise
  }

  return {
    post: (request) => post(request, AbortSignal.timeout(timeoutMs)),
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
    if (bytes > MAX_RESPONSE_BYTES) response.destroy()
  })
}
