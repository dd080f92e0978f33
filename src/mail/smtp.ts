import { RefusedMailError, type Outgoing, type Send } from './send.ts'

export interface SmtpOptions {
  /** smtp://user:password@host:587, or smtps://. */
  readonly url: string
  readonly from: { readonly name: string; readonly address: string }
}

const CONNECT_MS = 10_000
/** Without a word from the server. */
const SILENCE_MS = 20_000
/** Altogether: the row of a mail that is being sent is locked for no longer. */
const LONGEST_MS = 60_000

/** Sends by a mail server, each mail over a connection of its own. */
export function createSmtp({ url, from }: SmtpOptions): Send {
  // Loaded for the first mail, not for the start.
  const transport = async () => {
    const { createTransport } = await import('nodemailer')
    const patience = { connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SILENCE_MS }
    return createTransport({ url, ...patience, disableFileAccess: true, disableUrlAccess: true })
  }
  let made: ReturnType<typeof transport> | null = null

  return async ({ to, subject, text, html, messageId }: Outgoing) => {
    made ??= transport()
    const server = await made
    const headers = { 'Auto-Submitted': 'auto-generated' }
    try {
      // As an object: a text may hold several addresses.
      const recipient = { name: '', address: to }
      const signal = AbortSignal.timeout(LONGEST_MS)
      await server.sendMail({ from, to: recipient, subject, text, html, messageId, headers, signal })
    } catch (error) {
      throw toRefusal(error)
    }
  }
}

function toRefusal(error: unknown): RefusedMailError {
  const { code, responseCode, response, command, permanent } = error as import('nodemailer').NodemailerError
  const message = `The mail server did not take it: ${[code, command, responseCode].filter(Boolean).join(' ') || 'no reason'}`
  const said = (response ?? (error instanceof Error ? error.message : String(error))).slice(0, 500)
  // What it says to anything else, such as our name and password, is about us, and may be mended.
  const ofThisMail = command === 'RCPT TO' || command === 'DATA'
  return new RefusedMailError(message, said, permanent === true && ofThisMail, error)
}
