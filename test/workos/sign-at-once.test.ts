// The SDK's own crypto is what decides: whatever it says of a header, ours says too.
import { WorkOS } from '@workos-inc/node'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorkos } from '../../src/workos/client.ts'

const theirs = new WorkOS('sk_test').webhooks
const ours = createWorkos({ apiKey: 'sk_test', clientId: null, baseUrl: 'https://api.workos.com' }).webhooks

const secrets = fc.string({ minLength: 1, unit: 'grapheme' })
const payloads = fc.string({ unit: 'grapheme', maxLength: 2_000 }).map((text) => Buffer.from(text))

test('a signature is the same as the one that the SDK makes by itself', async () => {
  await fc.assert(
    fc.asyncProperty(payloads, secrets, fc.nat(), async (payload, secret, at) => {
      expect(await ours.computeSignature(at, payload, secret)).toBe(await theirs.computeSignature(at, payload, secret))
    }),
  )
})

test('what the SDK accepts and refuses by itself is accepted and refused, word for word', async () => {
  const mangled = fc.constantFrom<(signature: string) => string>(
    (signature) => signature,
    (signature) => signature.slice(1),
    (signature) => `${signature}0`,
    (signature) => `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`,
    (signature) => signature.toUpperCase(),
    (signature) => `ä${signature.slice(2)}`,
    () => 'ä'.repeat(32), // as many bytes as a signature
    () => '',
  )
  await fc.assert(
    fc.asyncProperty(payloads, secrets, mangled, async (payload, secret, mangle) => {
      const at = Date.now()
      const signature = await theirs.computeSignature(at, payload, secret)
      const given = { payload, secret, sigHeader: `t=${at}, v1=${mangle(signature)}` }
      const verdict = (sdk: typeof theirs) => sdk.verifyHeader(given).catch((error: Error) => error.message)
      expect(await verdict(ours)).toEqual(await verdict(theirs))
    }),
  )
})
