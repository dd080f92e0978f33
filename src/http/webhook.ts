import type { IncomingMessage, ServerResponse } from 'node:http'
import { InboxFullError, type Receiver } from '../inbox/receive.ts'
import { SignatureError, type Verify } from '../workos/verify.ts'
import { BodyTooLargeError, TooManyBodiesError, type ReadBody } from './read-body.ts'
import { respond } from './respond.ts'

interface WebhookOptions {
  readonly verify: Verify
  readonly receiver: Receiver
  readonly readBody: ReadBody
  readonly maxBodyBytes: number
  /** Called when a delivery could not be stored. */
  readonly onError: (error: Error) => void
  /** Called with the reason why a delivery was not accepted as WorkOS's. */
  readonly onUnsigned?: (reason: string) => void
  /** Called with the outcome of each delivery. */
  readonly onDelivery?: (outcome: DeliveryOutcome) => void
}

/** UNAVAILABLE: it could not be stored and must be delivered again. HUNG_UP: the sender did not finish. */
type DeliveryOutcome = 'STORED' | 'DUPLICATE' | 'NOT_SIGNED' | 'TOO_LARGE' | 'UNAVAILABLE' | 'HUNG_UP'

/**
 * `POST /webhooks/workos`: 200 only once the body is committed (law 1). 400 for what WorkOS did not sign, 413 for what
 * is too large, 503 when it cannot be stored now: WorkOS then delivers it again.
 */
export function createWebhook(options: WebhookOptions) {
  const { verify, receiver, readBody, maxBodyBytes, onError, onUnsigned = () => {}, onDelivery = () => {} } = options
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') {
      respond(response, 405, { error: 'WorkOS delivers with POST' }, { allow: 'POST' })
      return
    }
    try {
      const body = await readBody(request, maxBodyBytes)
      const header = request.headers['workos-signature']
      await verify(body, typeof header === 'string' ? header : null)
      const duplicate = (await receiver.receive(body)) === 'duplicate'
      respond(response, 200, { received: true, duplicate })
      onDelivery(duplicate ? 'DUPLICATE' : 'STORED')
    } catch (error) {
      if (error instanceof BodyTooLargeError) {
        onDelivery('TOO_LARGE')
        respond(response, 413, { error: error.message }, { connection: 'close' })
      } else if (error instanceof TooManyBodiesError) {
        onDelivery('UNAVAILABLE')
        respond(response, 503, { error: error.message }, { connection: 'close', 'retry-after': '5' })
      } else if (error instanceof SignatureError) {
        onDelivery('NOT_SIGNED')
        onUnsigned(error.message)
        respond(response, 400, { error: error.message })
      } else if (request.destroyed && !request.complete) onDelivery('HUNG_UP')
      else {
        onDelivery('UNAVAILABLE')
        if (!(error instanceof InboxFullError)) onError(error as Error)
        respond(
          response,
          503,
          { error: 'The event could not be stored; deliver it again later' },
          { 'retry-after': '5' },
        )
      }
    }
  }
}
