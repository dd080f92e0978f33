// The SDK verifies; what it leaves out is added around it. Facts: @workos-inc/node 11, and WorkOS's page on webhooks.
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createWorkos } from '../../src/workos/client.ts'
import { createVerify, SignatureError } from '../../src/workos/verify.ts'

const workos = createWorkos({ apiKey: 'sk_test', clientId: null, baseUrl: 'https://api.workos.com' })
const NOW = Date.UTC(2026, 10, 23)
const body = Buffer.from('{"id":"event_1","name":"Åse \\u00e9 😀"}')

const verify = createVerify({
  workos,
  secrets: ['whsec_new', 'whsec_old'],
  toleranceMs: 180_000,
  now: () => new Date(NOW),
})

const hash = (at: number | string, secret = 'whsec_new', bytes = body) =>
  createHmac('sha256', secret).update(`${at}.`).update(bytes).digest('hex')
const header = (at: number | string, v1 = hash(at)) => `t=${at}, v1=${v1}`

test.each([
  ['signed just now', header(NOW)],
  ['without a space', `t=${NOW},v1=${hash(NOW)}`],
  ['at the edge of the past', header(NOW - 180_000)],
  ['at the edge of the future', header(NOW + 180_000)],
  ['by the secret that is being rotated out', header(NOW, hash(NOW, 'whsec_old'))],
])('a delivery is accepted: %s', async (_name, given) => {
  await expect(verify(body, given)).resolves.toBeUndefined()
})

const wrongBody = Buffer.from('{"id":"event_2"}')
test.each([
  ['no header', null, /is missing/],
  ['an empty header', '', /is missing/],
  ['no time', `v1=${hash(NOW)}`, /must be t=/],
  ['no signature', `t=${NOW}`, /must be t=|does not match/],
  ['an empty signature', `t=${NOW}, v1=`, /does not match/],
  ['another scheme', `t=${NOW}, v0=${hash(NOW)}x`, /does not match/],
  ['the words alone', 't=, v1=', /must be t=/],
  ['a time that is none', header('soon'), /must be t=/],
  ['a negative time', header(-NOW), /must be t=/],
  ['a time in seconds, as other vendors have it', header(NOW / 1000), /more than 180000 ms/],
  ['too old', header(NOW - 180_001), /more than 180000 ms/],
  ['from the future', header(NOW + 180_001), /more than 180000 ms/],
  ['ten years ahead, which the SDK accepts', header(NOW + 315_576_000_000), /more than 180000 ms/],
  ['an unknown secret', header(NOW, hash(NOW, 'whsec_other')), /does not match/],
  ['another body', header(NOW, hash(NOW, 'whsec_new', wrongBody)), /does not match/],
  ['the time changed after signing', header(NOW, hash(NOW - 1)), /does not match/],
  ['an old delivery with a second, new time', `t=${NOW - 900_000}, v1=${hash(NOW - 900_000)}, t=${NOW}`, /more than|must be t=/], // oxfmt-ignore
  [
    'an old delivery whose time the SDK reads and we do not',
    `x=${NOW - 900_000}, v1=${hash(NOW - 900_000)}, t=${NOW}`,
    /more than|must be t=/,
  ],
  ['the same before the signature', `x=${NOW - 900_000}, t=${NOW}, v1=${hash(NOW - 900_000)}`, /more than|must be t=/],
  ['the time last', `v1=${hash(NOW)}, t=${NOW}`, /must be t=/],
  ['a very long header', `t=${'9'.repeat(100_000)}, v1=${hash(NOW)}`, /must be t=/],
])('a delivery is refused, with words for the sender: %s', async (_name, given, words) => {
  const refusal = verify(body, given)
  await expect(refusal).rejects.toThrow(SignatureError)
  await expect(refusal).rejects.toThrow(words)
})

test('the bytes are signed, not what they mean', async () => {
  const spaced = Buffer.from('{ "id": "event_1", "name": "Åse é 😀" }')
  await expect(verify(spaced, header(NOW))).rejects.toThrow(SignatureError)
  await expect(verify(spaced, header(NOW, hash(NOW, 'whsec_new', spaced)))).resolves.toBeUndefined()
  await expect(verify(Buffer.alloc(0), header(NOW, hash(NOW, 'whsec_new', Buffer.alloc(0))))).resolves.toBeUndefined()
})
