import { once } from 'node:events'
import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { signDelivery } from '../../src/simulator/sign.ts'
import { webhookSecret } from '../support/app.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A request as `fetch` cannot send it: any header, chunks one by one, a connection of its own. */
export async function send(
  url: string,
  options: RequestOptions,
  ...chunks: readonly (string | Buffer)[]
): Promise<Reply> {
  const outgoing = request(url, { agent: false, ...options })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  outgoing.on('error', () => {}) // the server may hang up while we still send: its answer counts
  for (const chunk of chunks) outgoing.write(chunk)
  outgoing.end()
  const [response] = await answered
  let body = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) body += chunk
  return { status: response.statusCode!, headers: response.headers, body }
}

/** The header of a delivery that was signed at a time, by default now. */
export function signature(body: string, { secret = webhookSecret, at = Date.now() } = {}): Record<string, string> {
  return { 'workos-signature': signDelivery(body, secret, at) }
}
