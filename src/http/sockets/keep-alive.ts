import type { WebSocket } from 'ws'

/**
 * Terminates sockets whose client vanished without closing: each is pinged every 25 seconds, and must respond before
 * the next ping.
 */
interface KeepAlive {
  add(socket: WebSocket): void
  close(): void
}

const EVERY_MS = 1_000
// Proxies close silent connections after half a minute at the earliest. Pinging more often would produce enough garbage
// to keep V8 from returning the memory used while thousands of sockets connected: it does so only while little is
// allocated.
const TURNS = 25

/** One timer for all sockets, which take turns so that pings are spread evenly. */
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
  timer.unref() // must not keep a server alive that failed to listen

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
