import type { WebSocket } from 'ws'

/**
 * Cuts off sockets whose client is gone without a word: each is pinged once in 25 seconds, and has until the next time
 * to answer.
 */
export interface KeepAlive {
  add(socket: WebSocket): void
  close(): void
}

const EVERY_MS = 1_000
// Proxies hang up after half a minute of silence at the soonest. More often than needed, what each ping throws away
// keeps V8 from giving back what thousands of sockets have taken while they came: it does only while little is thrown
// away.
const TURNS = 25

/** One timer for all of them. They take turns, so that there are never too many at once. */
export function createKeepAlive(): KeepAlive {
  const turns = Array.from({ length: TURNS }, () => new Set<WebSocket>())
  const silent = new WeakSet<WebSocket>()
  let turn = 0

  function onPong(this: WebSocket): void {
    silent.delete(this)
  }

  const timer = setInterval(() => {
    turn = (turn + 1) % TURNS
    for (const socket of turns[turn]!) {
      if (socket.readyState !== socket.OPEN) turns[turn]!.delete(socket)
      else if (silent.has(socket)) socket.terminate()
      else {
        silent.add(socket)
        socket.ping()
      }
    }
  }, EVERY_MS)
  timer.unref() // a server that cannot listen ends

  let next = 0
  return {
    add(socket) {
      next = (next + 1) % TURNS
      turns[next]!.add(socket)
      socket.on('pong', onPong)
    },
    close: () => clearInterval(timer),
  }
}
