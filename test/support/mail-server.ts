// A local mail server that accepts mail, or refuses it.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail that was accepted. */
export interface Received {
  readonly messageId: string
  readonly from: string
  /** Of the envelope. */
  readonly to: readonly string[]
  readonly subject: string
  /** Headers and body as received, with soft line breaks and quoted characters decoded. */
  readonly source: string
}

export interface MailServer {
  readonly url: string
  readonly received: Received[]
  /** Called before the next mail is accepted: may throw a refusal, or wait. Null: nothing. */
  setBefore(before: Before | null): void
  close(): Promise<void>
}

/** `stage` is the command about to be answered. */
export type Before = (stage: 'RCPT' | 'DATA', to: string) => Promise<void> | void

/** Returns the error that a mail server answers when it refuses a mail. */
export function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

export async function startMailServer(): Promise<MailServer> {
  const received: Received[] = []
  let before: Before | null = null
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo(address, _session, callback) {
      void (async () => before?.('RCPT', address.address))().then(() => callback(), callback)
    },
    onData(stream, session, callback) {
      void (async () => {
        const source = Buffer.concat(await stream.toArray()).toString('utf8')
        const { mailFrom, rcptTo } = session.envelope
        const to = rcptTo.map(({ address }) => address)
        await before?.('DATA', to.join())
        const from = mailFrom === false ? '' : mailFrom.address
        received.push({
          from,
          to,
          source: decode(source),
          messageId: header(source, 'Message-ID'),
          subject: header(source, 'Subject'),
        })
      })().then(() => callback(), callback)
    },
  })
  server.on('error', () => {}) // clients that are killed
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    setBefore(next) {
      before = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function header(source: string, name: string): string {
  const unfolded = source.split('\r\n\r\n', 1)[0]!.replaceAll(/\r\n[ \t]+/g, ' ')
  return new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1] ?? ''
}

const decode = (source: string): string =>
  source
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)))
