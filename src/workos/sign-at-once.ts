import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WorkOS } from '@workos-inc/node'

type CryptoProvider = ReturnType<WorkOS['getCryptoProvider']>

/**
 * Has the SDK sign and compare on this thread. Its own way asks WebCrypto, which hands each of the five steps of a
 * check to another thread: for the kilobyte that a delivery has, that takes many times what the hash itself does. What
 * is signed, and which signature is a good one, stays the SDK's to say. Gives the provider that it was given.
 */
export function signAtOnce(provider: CryptoProvider): CryptoProvider {
  const sign: CryptoProvider['computeHMACSignature'] = (payload, secret) =>
    createHmac('sha256', secret).update(payload).digest('hex')
  return Object.assign(provider, {
    computeHMACSignature: sign,
    computeHMACSignatureAsync: (payload: string, secret: string) => Promise.resolve(sign(payload, secret)),
    secureCompare: (one: string, other: string) => Promise.resolve(areEqual(Buffer.from(one), Buffer.from(other))),
  })
}

// Of what length a signature must be is no secret.
function areEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
