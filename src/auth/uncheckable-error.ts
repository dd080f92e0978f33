/**
 * A credential could not be verified, though it may be valid: the signing keys cannot be fetched, for example. Answered
 * with 503; its message may be shown to the caller.
 */
export class UncheckableError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'UncheckableError'
  }
}
