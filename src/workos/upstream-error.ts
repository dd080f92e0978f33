import * as z from 'zod'
import { UpstreamError } from '../directory/upstream-error.ts'

// What may stand on the SDK's errors, of which there are many classes, and some are not exported. What is odd is not
// there.
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined)
const exception = z.object({
  // The status of an answer that is no JSON; `status` is then always 500.
  rawStatus: optional(z.int()),
  status: optional(z.int()),
  // A word, as codes are, and not a sentence that could quote something.
  code: optional(z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/i)),
  requestID: optional(z.string().min(1)),
})

/**
 * What a call of the SDK threw, in one form. Give it nothing else: whatever it does not know it takes for an answer
 * that cannot be read. The code is WorkOS's own where it gave one; ours are `timeout`, `rate_limited`, `unavailable`,
 * `unreachable` and `unreadable_answer`. `restMs`: how long the answer asked to be left alone.
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
  // Half of a good answer counts too: the other half may come the next time.
  const retryable = status !== null && (status < 400 || status === 408 || status === 429 || status >= 500)
  return new UpstreamError(messageOf(status), {
    status,
    code: codeOf(status, told.code ?? null),
    retryable,
    retryAfterMs: retryable ? restMs : null,
    requestId: told.requestID ?? null,
  })
}

// The SDK wraps what it did not expect into an Error that says nothing more than its cause.
function unwrap(thrown: unknown): unknown {
  const isWrapped = thrown instanceof Error && !(thrown instanceof TypeError) && !('status' in thrown)
  return isWrapped ? (thrown.cause ?? thrown) : thrown
}

function messageOf(status: number | null): string {
  if (status === null || status < 400) return 'The answer of WorkOS cannot be read'
  if (status === 401) return 'WorkOS does not accept WORKOS_API_KEY'
  if (status === 403) return 'WorkOS does not allow this'
  if (status === 408) return 'WorkOS did not answer in time'
  if (status === 429) return 'WorkOS asks to call it less often'
  return status < 500 ? 'WorkOS did not accept what it was asked' : 'WorkOS failed to answer'
}

function codeOf(status: number | null, theirs: string | null): string | null {
  if (status === null || status < 400) return 'unreadable_answer'
  if (status === 408) return 'timeout' // the SDK's own says 408 too
  if (status === 429) return 'rate_limited'
  return theirs ?? (status < 500 ? null : 'unavailable')
}
