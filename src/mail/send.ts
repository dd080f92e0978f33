export interface Outgoing {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same for each attempt, so that duplicates can be recognised. */
  readonly messageId: string
}

/** Sends a mail to the mail server, and resolves once that has accepted it. Throws RefusedMailError. */
export type Send = (mail: Outgoing) => Promise<void>

/** The mail server did not accept a mail. The message is safe for logs; the server's reply may quote an address. */
export class RefusedMailError extends Error {
  readonly said: string
  /** Whether retrying is pointless. */
  readonly permanent: boolean

  constructor(message: string, said: string, permanent: boolean, cause: unknown) {
    super(message, { cause })
    this.name = 'RefusedMailError'
    this.said = said
    this.permanent = permanent
  }
}
