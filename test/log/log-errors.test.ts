import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logErrors } from '../../src/log/log-errors.ts'
import { logUnsigned } from '../../src/log/log-unsigned.ts'
import { createRepeats } from '../../src/log/repeats.ts'
import { UpstreamError } from '../../src/operations/upstream-error.ts'

function logging() {
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) })
  return { log, lines }
}

test('what happens again and again is said once in a while, with how often it happened', () => {
  let at = 0
  const repeats = createRepeats(10, () => at)
  expect([repeats('a'), repeats('a'), repeats('b'), repeats('a')]).toEqual([1, null, 1, null])
  at = 10
  expect([repeats('a'), repeats('b')]).toEqual([3, 1])
  at = 15
  expect(repeats('a')).toBe(null)
})

test('the same fault is one line, another one or one elsewhere is another', () => {
  const { log, lines } = logging()
  const onError = logErrors(log)
  for (let times = 0; times < 100; times += 1) onError('webhook')(new Error('no database'))
  onError('mail')(new Error('no database'))
  onError('webhook')(new Error('something else'))
  expect(lines.map(({ msg, err }) => [msg, (err as Error).message])).toEqual([
    ['webhook', 'no database'],
    ['mail', 'no database'],
    ['webhook', 'something else'],
  ])
  expect((lines[0]!.err as Error).stack).toContain('log-errors.test')
})

test('what WorkOS refuses has no stack, and says why it could not be reached', () => {
  const { log, lines } = logging()
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
  logErrors(log)('catch-up')(new UpstreamError('WorkOS cannot be reached', { code: 'unreachable', cause }))
  expect(lines).toMatchObject([{ msg: 'catch-up', error: 'WorkOS cannot be reached', cause: 'ECONNREFUSED' }])
  expect(JSON.stringify(lines)).not.toContain('at ')
})

test('deliveries that are not signed for us are one line, which names the setting', () => {
  const { log, lines } = logging()
  const onUnsigned = logUnsigned(log)
  for (let times = 0; times < 10; times += 1) onUnsigned('WorkOS-Signature does not match the body')
  expect(lines).toMatchObject([
    { msg: 'webhook not signed', look: expect.stringContaining('WORKOS_WEBHOOK_SECRET') as string },
  ])
})
