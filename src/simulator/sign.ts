import { createHmac } from 'node:crypto'

/**
 * The value of the `WorkOS-Signature` header for exactly these bytes. The timestamp is in milliseconds: seconds, as
 * other vendors use, are rejected by the SDK as too old.
 */
export function signDelivery(rawBody: string, secret: string, timestampMs: number): string {
  const hash = createHmac('sha256', secret).update(`${timestampMs}.${rawBody}`).digest('hex')
  return `t=${timestampMs}, v1=${hash}`
}
