import * as z from 'zod'

/** WorkOS said no, or did not answer. The message is fit to be shown: it holds nothing that WorkOS sent but its words. */
export class UpstreamError extends Error {
  /** HTTP's status; null where no answer came, or none that is HTTP. */
  readonly status: number | null
  /** WorkOS's own code, such as `entity_not_found`. */
  readonly code: string | null
  /** Whether the same request may go well later. */
  readonly retryable: boolean
  /** When WorkOS wants to be asked again. */
  readonly retryAfterMs: number | null

  constructor(message: string, told: Partial<Omit<UpstreamError, keyof Error>> & { cause?: unknown } = {}) {
    super(message, { cause: told.cause })
    this.name = 'UpstreamError'
    this.status = told.status ?? null
    this.code = told.code ?? null
    this.retryable = told.retryable ?? false
    this.retryAfterMs = told.retryAfterMs ?? null
  }
}

// The SDK's exceptions differ by status, and what is no JSON or no answer at all comes as a plain Error with a cause.
const exception = z.object({
  status: z.number().optional(),
  code: z.string().nullish(),
  message: z.string(),
  retryAfter: z.number().nullish(),
  cause: z.object({ rawStatus: z.number().optional() }).optional().catch(undefined),
})

const RETRYABLE = new Set([408, 429, 500, 502, 503, 504])

/** What the SDK threw, in one form. */
export function toUpstreamError(cause: unknown): UpstreamError {
  if (cause instanceof UpstreamError) return cause
  const told = exception.safeParse(cause)
  if (!told.success) return new UpstreamError('WorkOS could not be asked', { retryable: true, cause })
  const { code, message, retryAfter } = told.data
  const status = told.data.status ?? told.data.cause?.rawStatus ?? null
  if (status === null) return new UpstreamError('WorkOS does not answer', { retryable: true, cause })
  return new UpstreamError(`WorkOS answered ${status}: ${message.slice(0, 200)}`, {
    status,
    code: code ?? null,
    retryable: RETRYABLE.has(status),
    retryAfterMs: retryAfter == null ? null : retryAfter * 1000,
    cause,
  })
}
