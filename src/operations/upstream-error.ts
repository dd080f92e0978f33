/**
 * WorkOS refused, or did not answer. The message is safe to show: it is ours, and quotes neither the request nor the
 * response. Clients see it with `code` and `retryable`; the log has all of it.
 */
export class UpstreamError extends Error {
  /** The HTTP status; null if there was no answer, or none that could be read. */
  readonly status: number | null
  /** WorkOS's own code, such as `entity_not_found`, or one of ours; null if there is none. */
  readonly code: string | null
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** How long WorkOS asks to wait; null if it does not say. */
  readonly retryAfterMs: number | null
  /** WorkOS's id of the request, for its support. */
  readonly requestId: string | null

  constructor(message: string, told: Partial<Omit<UpstreamError, keyof Error>> & { cause?: unknown } = {}) {
    super(message, told.cause === undefined ? {} : { cause: told.cause })
    this.name = 'UpstreamError'
    this.status = told.status ?? null
    this.code = told.code ?? null
    this.retryable = told.retryable ?? false
    this.retryAfterMs = told.retryAfterMs ?? null
    this.requestId = told.requestId ?? null
  }
}

/** How long WorkOS asks to wait after this error, in milliseconds; 0 if it does not say. */
export function restAfter(error: unknown): number {
  return error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0
}
