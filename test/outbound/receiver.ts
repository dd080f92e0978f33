// A receiver of webhooks as a customer would write one: it verifies with the library of the specification.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { onTestFinished } from 'vitest'

export interface Received {
  /** The header `webhook-id`. */
  readonly id: string
  readonly type: string
  readonly timestamp: string
  readonly data: Record<string, unknown>
  readonly body: string
  readonly headers: IncomingHttpHeaders
  /** By `Date`, which a test may have set. */
  readonly at: number
}

export type Reply =
  | number
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }

export interface Receiver {
  readonly url: string
  /** What was verified, in the order of arrival, whatever was answered. */
  readonly received: readonly Received[]
  /** What was answered 2xx. */
  readonly accepted: readonly Received[]
  /** What was not signed by the secret. */
  readonly forged: number
  /** Verified with; several where any of them may have signed. */
  secrets: string[]
  /** 204 unless a test says otherwise. */
  answer: (message: Received) => Reply | Promise<Reply>
  /** Resolves when so many have been accepted. */
  accepts(count: number): Promise<void>
  /** Resolves when so many have come. */
  receives(count: number): Promise<void>
  close(): Promise<void>
}

/** Listens on loopback until the test has finished. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const accepted: Received[] = []
  const waiting = new Set<() => void>()
  const counts = { forged: 0 }

  const server = createServer((request, response) => void take(request, response))
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    if (!receiver.secrets.some((secret) => isSigned(secret, body, request.headers))) {
      counts.forged += 1
      response.writeHead(401).end()
      return
    }
    const message = { ...(JSON.parse(body) as Omit<Received, 'id'>), id: String(request.headers['webhook-id']) }
    const one: Received = { ...message, body, headers: request.headers, at: Date.now() }
    received.push(one)
    wake()
    const reply = await receiver.answer(one)
    const { status, headers = {}, body: text = '' } = typeof reply === 'number' ? { status: reply } : reply
    if (status < 300) accepted.push(one)
    response.writeHead(status, headers).end(text)
    wake()
  }
  const wake = () => {
    for (const look of waiting) look()
  }
  const until = (list: readonly Received[], count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (list.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    accepted,
    get forged() {
      return counts.forged
    },
    secrets: [],
    answer: () => 204,
    accepts: (count) => until(accepted, count),
    receives: (count) => until(received, count),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  onTestFinished(() => receiver.close())
  return receiver
}

function isSigned(secret: string, body: string, headers: IncomingHttpHeaders): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    return true
  } catch {
    return false // as the library says it
  }
}

/** The ids of the persons that messages are about, or of what else they keep their order within. */
export function keyOf({ data }: Received): string {
  return String(data.directoryUserId ?? data.directoryGroupId ?? data.directoryId)
}
