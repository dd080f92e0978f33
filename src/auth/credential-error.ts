/** A credential that is missing, wrong, expired or revoked. Its message may be shown to the caller. */
export class CredentialError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CredentialError'
  }
}
