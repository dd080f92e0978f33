import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UpstreamError } from '../../src/operations/upstream-error.ts'
import { call, hearRest } from '../../src/workos/call.ts'
import { toUpstreamError } from '../../src/workos/upstream-error.ts'

interface Answer {
  status: number
  body?: string
  type?: string
  headers?: Record<string, string>
}

// WorkOS's HTTP, saying one thing at a time; null: it never answers, 'cut': it hangs up in the middle of a body.
let answer: Answer | null | 'cut'
const NOW = new Date('2026-11-24T12:00:00Z')
const server = createServer((_request, response) => {
  if (answer === null) return
  if (answer === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{', () => response.destroy())
    return
  }
  const { status, body = '', type = 'application/json', headers } = answer
  response.writeHead(status, { 'content-type': type, 'x-request-id': 'req_1', ...headers }).end(body)
})
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** What a call comes to; its text is WorkOS's, and quotes a person. */
async function failing(said: typeof answer, port = (server.address() as AddressInfo).port): Promise<UpstreamError> {
  answer = said
  const timeout = said === null ? 200 : 30_000
  const fetchFn: typeof fetch = async (...request) => {
    const response = await fetch(...request)
    hearRest(response, NOW)
    return response
  }
  const workos = new WorkOS('sk_secret', {
    apiHostname: '127.0.0.1',
    port,
    https: false,
    maxRetries: 0,
    timeout,
    fetchFn,
  })
  const thrown: unknown = await call(() => workos.get('/events')).then(
    () => null,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(UpstreamError)
  return thrown as UpstreamError
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify(body),
})
const message = 'Grace Hopper is not allowed'

test.for([
  [400, { message, code: 'invalid_cursor', errors: [{ code: 'x' }] }, 'invalid_cursor', false],
  [400, { message }, null, false],
  [400, { error: 'invalid_request', error_description: message }, null, false],
  [401, { message }, null, false],
  [403, { message, code: 'forbidden' }, 'forbidden', false],
  [403, { message, code: 'Grace Hopper' }, null, false],
  [404, { message, code: 'entity_not_found' }, 'entity_not_found', false],
  [409, { message, code: 'conflict' }, 'conflict', false],
  [422, { message, code: 'invalid_request_parameters', errors: [{ code: message }] }, 'invalid_request_parameters', false], // oxfmt-ignore
  [429, 'Ratelimited', 'rate_limited', true],
  [500, { message }, 'unavailable', true],
  [503, { message, code: 'maintenance' }, 'maintenance', true],
] as const)('an answer of %i with %j', async ([status, body, code, retryable]) => {
  const error = await failing(json(status, body))
  expect(error).toMatchObject({ name: 'UpstreamError', status, code, retryable, requestId: 'req_1' })
  expect(JSON.stringify([error, error.message, error.cause])).not.toMatch(/Hopper|secret/)
})

const date = 'Tue, 24 Nov 2026 09:00:00 GMT'
const later = 'Tue, 24 Nov 2026 09:01:30 GMT'
test.for([
  [{ 'retry-after': '7' }, 7_000],
  [{}, null],
  [{ 'retry-after': '99999999' }, 3_600_000],
  [{ 'retry-after': later, date }, 90_000],
  [{ 'retry-after': 'Tue, 24 Nov 2099 09:01:30 GMT', date }, 3_600_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:05 GMT', date: 'now' }, 5_000],
  [{ 'retry-after': date, date: later }, null],
  [{ 'retry-after': '0' }, null],
  [{ 'retry-after': 'soon' }, null],
] as const)(
  'WorkOS may say how long to wait, with whatever it answers that may be better later: %j',
  async ([headers, ms]) => {
    for (const status of [408, 429, 500, 503])
      expect([status, (await failing(json(status, { message }, headers))).retryAfterMs]).toEqual([status, ms])
    expect((await failing({ status: 503, body: '<h1>', type: 'text/html', headers })).retryAfterMs).toBe(ms)
    expect((await failing(json(403, { message }, headers))).retryAfterMs).toBeNull()
  },
)

test('a page of some proxy counts by its status', async () => {
  const page = { body: '<h1>Grace Hopper</h1>', type: 'text/html' }
  expect(await failing({ status: 502, ...page })).toMatchObject({ status: 502, code: 'unavailable', retryable: true })
  expect(await failing({ status: 403, ...page })).toMatchObject({ status: 403, code: null, retryable: false })
})

test('no answer, a late one and half of one may be better the next time', async () => {
  expect(await failing(null)).toMatchObject({ status: 408, code: 'timeout', retryable: true })
  expect(await failing(null, 1)).toMatchObject({ status: null, code: 'unreachable', retryable: true })
  expect(await failing('cut')).toMatchObject({ status: null, code: 'unreachable', retryable: true })
  expect(await failing({ status: 200, body: '{"data": [' })).toMatchObject({
    status: 200,
    code: 'unreadable_answer',
    retryable: true,
  })
})

test('what cannot be read at all is not worth another try', async () => {
  expect(await failing({ status: 400, body: 'null' })).toMatchObject({ code: 'unreadable_answer', retryable: false })
  for (const odd of ['text', null, undefined, new Error('odd'), { status: 'odd' }]) {
    expect(toUpstreamError(odd)).toMatchObject({ status: null, code: 'unreadable_answer', retryable: false })
  }
})
