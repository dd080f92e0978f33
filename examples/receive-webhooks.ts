// Receives Rollcall's webhooks: verifies each signature, answers fast, and handles each message once, by its id.
//   WEBHOOK_SECRET=whsec_… PORT=4000 npm run example:receive
// The secret is in the response to createWebhookEndpoint. While rotating it, give both, separated by a comma:
// WEBHOOK_SECRET=whsec_new,whsec_old
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

interface Message {
  readonly type: string
  readonly timestamp: string
  readonly data: {
    /** For `changes(after:)`: a receiver that has lost messages continues there. */
    readonly cursor: string
    readonly directoryUserId?: string | null
    /** As of when the message was created; `userId` is your application's account. */
    readonly directoryUser?: {
      readonly userId: string | null
      readonly email: string | null
      readonly state: string
    } | null
  }
}

const webhooks = (process.env.WEBHOOK_SECRET ?? '')
  .split(',')
  .filter((secret) => secret !== '')
  .map((secret) => new Webhook(secret))
if (webhooks.length === 0) {
  console.error('WEBHOOK_SECRET must be the secret in the response to createWebhookEndpoint: whsec_…')
  process.exit(1)
}
const port = Number(process.env.PORT ?? 4000)
const MOST_BYTES = 4_194_304

// Ids already handled. In a product: a table with a unique id, written in the transaction that handles the message.
const file = 'rollcall-webhooks.ids'
const seen = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [])

/** Your product's code goes here. A failure is answered with 500, and the message is sent again. */
function handle({ type, timestamp, data }: Message): void {
  switch (type) {
    case 'directory_user.deactivated':
    case 'directory_user.deleted':
      console.log(
        timestamp,
        'end the access of',
        data.directoryUser?.userId ?? data.directoryUserId,
        data.directoryUser?.email,
      )
      break
    case 'discontinuity':
      console.log(timestamp, 'messages were lost: read the current state, then continue after', data.cursor)
      break
    default:
      console.log(timestamp, type, data.directoryUserId ?? '')
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error('The body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The message, if one of the secrets signed it. The raw bytes are verified before they are parsed. */
function verify(body: string, headers: IncomingMessage['headers']): Message {
  for (const webhook of webhooks) {
    try {
      return webhook.verify(body, headers as Record<string, string>) as Message
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error
    }
  }
  throw new WebhookVerificationError('None of our secrets signed this')
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const message = verify(await readBody(request), request.headers)
  const id = String(request.headers['webhook-id'])
  // A message answered too late, or whose answer was lost, is sent again.
  if (!seen.has(id)) {
    handle(message)
    seen.add(id)
    appendFileSync(file, `${id}\n`)
  }
  response.writeHead(204).end()
}

const server = createServer((request, response) => {
  receive(request, response).catch((error: unknown) => {
    console.error(error)
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end()
  })
})
server.listen(port, '127.0.0.1', () => console.log('listening on', server.address()))
