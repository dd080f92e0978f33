import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { EventEnvelope } from '../../src/simulator/payload.ts'

export interface Received {
  raw: string
  headers: IncomingHttpHeaders
  event: EventEnvelope
}

/**
 * A webhook endpoint that keeps what it gets, until the end of the test. `answer` gives the status, by default 200, for
 * a delivery and how many came before it; a promise keeps the sender waiting.
 */
export async function createReceiver(
  answer: (event: EventEnvelope, before: number) => number | Promise<number> = () => 200,
) {
  const received: Received[] = []
  let waiting: { count: number; resolve: () => void }[] = []

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request)
    const event = JSON.parse(raw) as EventEnvelope
    const status = answer(event, received.length)
    received.push({ raw, headers: request.headers, event })
    for (const { count, resolve } of waiting) if (received.length >= count) resolve()
    waiting = waiting.filter(({ count }) => received.length < count)
    response.writeHead(await status).end(`answered ${await status}`)
  }

  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/workos`,
    received,
    names: (): string[] => received.map(({ event }) => event.event),
    ids: (): string[] => received.map(({ event }) => event.id),
    /** Resolves when so many deliveries have come since the beginning. */
    until: (count: number): Promise<void> =>
      received.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
  }
}
