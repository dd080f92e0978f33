import { makeServer } from 'graphql-ws'
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { serveSocket, type Completing } from '../../src/http/sockets/serve-socket.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const server = makeServer<Record<string, unknown>, Completing>({ connectionInitWaitTimeout: 0 })

/** As much of a socket as is served. */
function serve() {
  const said: (string | number)[] = []
  const open: number = WebSocket.OPEN
  const socket = Object.assign(new EventEmitter(), {
    protocol: 'graphql-transport-ws',
    OPEN: WebSocket.OPEN,
    readyState: open,
    send(text: string, _options: object, done: () => void) {
      said.push(text)
      done()
    },
    close(code: number) {
      said.push(code)
      socket.readyState = WebSocket.CLOSED
      socket.emit('close', code, Buffer.from(''))
    },
  })
  serveSocket(server, socket as unknown as WebSocket, { complete() {} }, (error) => said.push(error.message))
  return {
    said,
    close: () => socket.close(1000),
    async hear(text: string) {
      socket.emit('message', Buffer.from(text))
      await vi.advanceTimersByTimeAsync(0)
    },
  }
}

const INIT = '{"type":"connection_init"}'

test('who has not introduced itself within five seconds is told so with 4408, and nobody else', async () => {
  const [silent, other, gone] = [serve(), serve(), serve()]
  await silent.hear('{"type":"ping"}')
  await other.hear(INIT)
  gone.close()
  await vi.advanceTimersByTimeAsync(4_999)
  expect(silent.said).toEqual(['{"type":"pong"}'])
  await vi.advanceTimersByTimeAsync(5_001)
  expect(silent.said).toEqual(['{"type":"pong"}', 4408])
  expect(other.said).toEqual(['{"type":"connection_ack"}'])
  expect(gone.said).toEqual([1000])
  expect(vi.getTimerCount()).toBe(0)
})

test('who introduces itself twice is told so with 4429', async () => {
  const client = serve()
  await client.hear(INIT)
  await client.hear(INIT)
  expect(client.said).toEqual(['{"type":"connection_ack"}', 4429])
})

test.for(['connection_ack', 'next', 'error'])(
  '%s is for the server to send: 4400, and no error of ours',
  async (type) => {
    const client = serve()
    await client.hear(JSON.stringify({ type, id: '1', payload: {} }))
    expect(client.said).toEqual([4400])
  },
)

test.for(['', 'nonsense', 'null', '5', '[]', '{"type":"nonsense"}', '{"id":1}', JSON.stringify(INIT)])(
  '%s is no message, and told so with 4400',
  async (text) => {
    const client = serve()
    await client.hear(text)
    expect(client.said).toEqual([4400])
  },
)
