import { isUtf8 } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { SignatureVerificationException, type WorkOS } from '@workos-inc/node'

/** A delivery that WorkOS did not sign, or not recently. The message may be shown to the sender. */
export class SignatureError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SignatureError'
  }
}

interface VerifyOptions {
  readonly workos: WorkOS
  /** Any of them may have signed: two while a secret is being rotated. */
  readonly secrets: readonly string[]
  /** How far the signature's time may be from ours, in either direction. */
  readonly toleranceMs: number
  readonly now: () => Date
}

/** Checks the `WorkOS-Signature` of a raw body. Throws SignatureError. */
export type Verify = (body: Buffer, header: string | null) => Promise<void>

export function createVerify({ workos, secrets, toleranceMs, now }: VerifyOptions): Verify {
  return async (body, header) => {
    if (header === null || header === '') throw new SignatureError('The header WorkOS-Signature is missing')
    // The SDK uses only its own clock, accepts any time in the future, and takes a missing time for a good one. It
    // takes the first part for the time and checks the signature with it, whatever that part is called.
    const timestamp = /^t=(\d{1,16}),/.exec(header)?.[1]
    if (timestamp === undefined) throw new SignatureError('WorkOS-Signature must be t=<milliseconds>, v1=<signature>')
    if (Math.abs(now().getTime() - Number(timestamp)) > toleranceMs) {
      throw new SignatureError(`The time in WorkOS-Signature differs from this server's by more than ${toleranceMs} ms`)
    }
    for (const secret of secrets) if (await matches(workos, body, header, secret)) return
    throw new SignatureError('WorkOS-Signature does not match the body')
  }
}

async function matches(workos: WorkOS, payload: Buffer, sigHeader: string, secret: string): Promise<boolean> {
  // The SDK signs the text that it decodes from the bytes, and such bytes decode to another text.
  if (!isUtf8(payload)) return isSigned(payload, sigHeader, secret)
  try {
    // The time was checked above, by the given clock.
    await workos.webhooks.verifyHeader({ payload, sigHeader, secret, tolerance: Number.MAX_SAFE_INTEGER })
    return true
  } catch (error) {
    if (error instanceof SignatureVerificationException) return false
    throw error
  }
}

function isSigned(payload: Buffer, header: string, secret: string): boolean {
  const [, timestamp, signature] = /^t=(\d+),\s*v1=([0-9a-f]{64})/.exec(header) ?? []
  if (timestamp === undefined || signature === undefined) return false
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(payload).digest()
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
}
