import type { IncomingMessage, ServerResponse } from 'node:http'
import { InboxFullError, type Receiver } from '../inbox/receive.ts'
import { SignatureError, type Verify } from '../workos/verify.ts'
import { BodyTooLargeError, readBody } from './read-body.ts'
import { respond } from './respond.ts'

export interface WebhookOptions {
  readonly verify: Verify
  readonly receiver: Receiver
  readonly maxBodyBytes: number
  /** Hears why a delivery could not be stored. */
  readonly onError: (error: Error) => void
}

/**
 * `POST /webhooks/workos`: 200 after the body is committed, and not before (law 1). 400 for what WorkOS did not sign, 413
 * for what is too large, 503 when it cannot be stored now: WorkOS then delivers it again.
 */
export function createWebhook({ verify, receiver, maxBodyBytes, onError }: WebhookOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') {
      respond(response, 405, { error: 'WorkOS delivers with POST' }, { allow: 'POST' })
      return
    }
    try {
      const body = await readBody(request, maxBodyBytes)
      const header = request.headers['workos-signature']
      await verify(body, typeof header === 'string' ? header : null)
      respond(response, 200, { received: true, duplicate: (await receiver.receive(body)) === 'duplicate' })
    } catch (error) {
      if (error instanceof BodyTooLargeError) respond(response, 413, { error: error.message }, { connection: 'close' })
      else if (error instanceof SignatureError) respond(response, 400, { error: error.message })
      else if (request.destroyed && !request.complete) return // the sender hung up
      else {
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
