/** A credential that cannot be checked now, for no fault of its own. Its message may be shown to whoever sent it. */
export class UncheckableError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'UncheckableError'
  }
}
