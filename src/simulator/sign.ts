import { createHmac } from 'node:crypto'

/**
 * Returns the `WorkOS-Signature` header for exactly these bytes. The timestamp is in milliseconds: the SDK rejects
 * seconds, as other vendors use, as too old.
 */
export function signDelivery(rawBody: string, secret: string, timestampMs: number): string {
  const hash = createHmac('sha256', secret).update(`${timestampMs}.${rawBody}`).digest('hex')
  return `t=${timestampMs}, v1=${hash}`
}
