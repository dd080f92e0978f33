import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createKeepAlive } from '../../src/http/sockets/keep-alive.ts'

afterEach(() => void vi.useRealTimers())

/** As much of a socket as is kept alive. */
function client(answers: boolean) {
  const seen = { pings: 0, cut: false }
  const open: number = WebSocket.OPEN
  const socket = Object.assign(new EventEmitter(), {
    OPEN: WebSocket.OPEN,
    readyState: open,
    ping: () => {
      seen.pings += 1
      if (answers) socket.emit('pong')
    },
    terminate: () => {
      seen.cut = true
      socket.readyState = WebSocket.CLOSED
    },
  })
  return { socket: socket as unknown as WebSocket, seen }
}

test('a client is pinged every 25 seconds, and cut off where it has not answered until the next time', () => {
  vi.useFakeTimers()
  const keepAlive = createKeepAlive()
  const [there, gone] = [client(true), client(false)]
  keepAlive.add(there.socket)
  keepAlive.add(gone.socket)
  vi.advanceTimersByTime(25_000)
  expect([there.seen, gone.seen]).toEqual([
    { pings: 1, cut: false },
    { pings: 1, cut: false },
  ])
  vi.advanceTimersByTime(50_000)
  expect([there.seen, gone.seen]).toEqual([
    { pings: 3, cut: false },
    { pings: 1, cut: true },
  ])
  keepAlive.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('many clients are not pinged all at once', () => {
  vi.useFakeTimers()
  const keepAlive = createKeepAlive()
  const clients = Array.from({ length: 250 }, () => client(true))
  for (const { socket } of clients) keepAlive.add(socket)
  vi.advanceTimersByTime(1_000)
  expect(clients.filter(({ seen }) => seen.pings > 0)).toHaveLength(10)
  keepAlive.close()
})
