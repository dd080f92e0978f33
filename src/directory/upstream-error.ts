/**
 * WorkOS said no, or did not answer. The message is fit to be shown: it is ours, and quotes neither what was sent nor
 * what came back. Clients are shown it with `code` and `retryable`; the log has all of it.
 */
export class UpstreamError extends Error {
  /** HTTP's status; null where no answer came, or none that could be read. */
  readonly status: number | null
  /** WorkOS's own code, such as `entity_not_found`, or one of ours; null where there is none. */
  readonly code: string | null
  /** Whether the same request may go well later. */
  readonly retryable: boolean
  /** When WorkOS wants to be asked again; null where it does not say. */
  readonly retryAfterMs: number | null
  /** WorkOS's name for the request, for its support. */
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

/** How long WorkOS wants to be left alone after what it answered, in milliseconds; 0 where it does not say. */
export function restAfter(error: unknown): number {
  return error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0
}
