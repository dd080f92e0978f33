import { errorText } from '../text/error-text.ts'
import { RefusedMailError, type Outgoing, type Send } from './send.ts'

interface SmtpOptions {
  /** smtp://user:password@host:587, or smtps://. */
  readonly url: string
  readonly from: { readonly name: string; readonly address: string }
}

const CONNECT_MS = 10_000
/** The longest silence of the server. */
const SILENCE_MS = 20_000
/** The total limit, since the mail's row is locked while it is sent. */
const LONGEST_MS = 60_000

/** Sends through a mail server, with a separate connection for each mail. */
export function createSmtp({ url, from }: SmtpOptions): Send {
  // Loaded for the first mail rather than at start-up.
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
      // As an object, since a string may contain several addresses.
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
  const message = `The mail server did not accept it: ${[code, command, responseCode].filter(Boolean).join(' ') || 'no reason'}`
  const said = (response ?? errorText(error)).slice(0, 500)
  // Replies to any other command, such as the login, concern our configuration, which can be fixed.
  const ofThisMail = command === 'RCPT TO' || command === 'DATA'
  return new RefusedMailError(message, said, permanent === true && ofThisMail, error)
}
