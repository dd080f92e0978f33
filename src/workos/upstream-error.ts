import * as z from 'zod'
import { UpstreamError } from '../operations/upstream-error.ts'

// Properties that the SDK's errors may have, of which there are many classes, some not exported. Odd values are
// dropped.
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined)
const exception = z.object({
  // The status of an answer that is not JSON; `status` is then always 500.
  rawStatus: optional(z.int()),
  status: optional(z.int()),
  // A word, as codes are, not a sentence that could quote something.
  code: optional(z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/i)),
  requestID: optional(z.string().min(1)),
})

/**
 * Converts what a call of the SDK threw. Pass nothing else: anything unknown is taken for an answer that cannot be
 * read. The code is WorkOS's own if it gave one; ours are `timeout`, `rate_limited`, `unavailable`, `unreachable` and
 * `unreadable_answer`. `restMs`: how long the answer asked to wait.
 */
export function toUpstreamError(thrown: unknown, restMs: number | null = null): UpstreamError {
  if (thrown instanceof UpstreamError) return thrown
  const error = unwrap(thrown)
  // A connection that could not be made, or broke: fetch says why in the cause. Its other TypeErrors have none.
  if (error instanceof TypeError && error.cause !== undefined) {
    return new UpstreamError('WorkOS cannot be reached', { code: 'unreachable', retryable: true, cause: error })
  }
  const told = exception.safeParse(error).data ?? {}
  const status = told.rawStatus ?? told.status ?? null
  // A successful answer that cannot be read, such as a truncated one, is retried too.
  const retryable = status !== null && (status < 400 || status === 408 || status === 429 || status >= 500)
  return new UpstreamError(messageOf(status), {
    status,
    code: codeOf(status, told.code ?? null),
    retryable,
    retryAfterMs: retryable ? restMs : null,
    requestId: told.requestID ?? null,
  })
}

// The SDK wraps unexpected errors in an Error that says nothing more than its cause.
function unwrap(thrown: unknown): unknown {
  const isWrapped = thrown instanceof Error && !(thrown instanceof TypeError) && !('status' in thrown)
  return isWrapped ? (thrown.cause ?? thrown) : thrown
}

function messageOf(status: number | null): string {
  if (status === null || status < 400) return 'The response of WorkOS cannot be read'
  if (status === 401) return 'WorkOS does not accept WORKOS_API_KEY'
  if (status === 403) return 'WorkOS does not allow this'
  if (status === 408) return 'WorkOS did not respond in time'
  if (status === 429) return 'WorkOS asks for fewer requests'
  return status < 500 ? 'WorkOS rejected the request' : 'WorkOS failed to respond'
}

function codeOf(status: number | null, theirs: string | null): string | null {
  if (status === null || status < 400) return 'unreadable_answer'
  if (status === 408) return 'timeout' // the SDK's own timeout has 408 too
  if (status === 429) return 'rate_limited'
  return theirs ?? (status < 500 ? null : 'unavailable')
}
