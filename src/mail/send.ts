export interface Outgoing {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same for each attempt, so that whoever gets a mail twice can tell. */
  readonly messageId: string
}

/** Hands a mail to the mail server, and gives when that has taken it. Throws RefusedMailError. */
export type Send = (mail: Outgoing) => Promise<void>

/** The mail server did not take a mail. The message is fit for logs; what the server said may quote an address. */
export class RefusedMailError extends Error {
  readonly said: string
  /** Whether it will say so again. */
  readonly permanent: boolean

  constructor(message: string, said: string, permanent: boolean, cause: unknown) {
    super(message, { cause })
    this.name = 'RefusedMailError'
    this.said = said
    this.permanent = permanent
  }
}
