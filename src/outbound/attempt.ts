import type { ClaimedDelivery } from './claim.ts'
import type { Poster } from './post.ts'
import { readRetryAfter } from './schedule.ts'
import { signaturesOf } from './secrets.ts'

/** The outcome of an attempt. */
export type AttemptOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | Failure
  /** Aborted because the server shuts down: as if it had not been made. */
  | { readonly kind: 'let go' }

export interface Failure {
  readonly kind: 'failed'
  /** Null if there was no response. */
  readonly status: number | null
  readonly error: string
  readonly retryAfterMs: number | null
}

interface AttemptContext {
  readonly poster: Poster
  readonly now: () => Date
  /** Aborted when attempts under way are to be dropped. */
  readonly signal: AbortSignal
}

/**
 * Sends a message once, by the Standard Webhooks specification: 2xx is success, anything else is not. The response body
 * is not kept: it may come from any server and hold anything.
 */
export async function attempt(
  delivery: ClaimedDelivery,
  { poster, now, signal }: AttemptContext,
): Promise<AttemptOutcome> {
  const { id, url, secrets, body } = delivery
  const at = now()
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Rollcall',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signaturesOf(secrets, id, at, body),
  }
  try {
    const { status, retryAfter } = await poster.post({ url, headers, body, signal })
    if (status >= 200 && status < 300) return { kind: 'delivered', status }
    const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : ''
    const retryAfterMs = readRetryAfter(retryAfter, now())
    return { kind: 'failed', status, error: `It responded with ${status}${redirected}`, retryAfterMs }
  } catch (error) {
    if (signal.aborted) return { kind: 'let go' }
    return { kind: 'failed', status: null, error: `It could not be reached: ${reasonOf(error)}`, retryAfterMs: null }
  }
}

// Node's messages contain resolved addresses, which not every reader should see.
function reasonOf(error: unknown): string {
  const innermost = error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error
  if (!(innermost instanceof Error)) return String(innermost)
  return 'code' in innermost && typeof innermost.code === 'string' ? innermost.code : innermost.message
}
