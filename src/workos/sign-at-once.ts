import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WorkOS } from '@workos-inc/node'

type CryptoProvider = ReturnType<WorkOS['getCryptoProvider']>

/**
 * Makes the SDK sign and compare on this thread. By default it uses WebCrypto, which hands each of the five steps of a
 * check to another thread: for a delivery's kilobyte, that takes many times as long as the hash itself. The SDK still
 * decides what is signed and which signature is valid. Returns the given provider.
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

// The required length of a signature is not secret.
function areEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
