import { CloseCode, MessageType, type Server, type WebSocket as Served } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'

/**
 * Speaks the protocol of graphql-ws with a socket, as `graphql-ws/use/ws` does, which keeps each upgrade's request, each message's bytes and
 * timers of its own for as long as a socket lives: with them a subscriber takes half as much memory again.
 */
export function serveSocket<Extra>(
  server: Server<Extra>,
  socket: WebSocket,
  extra: Extra,
  onError: (error: Error) => void,
): void {
  const served = new ServedSocket(socket, onError)
  const closed = server.opened(served, extra)
  socket.on('close', (code: number, reason: Buffer) => {
    served.endPatience()
    closed(code, reason.toString()).catch(onError)
  })
}

const PATIENCE_MS = 5_000

/** A class, so that there is one of each function, however many sockets there are. */
class ServedSocket implements Served {
  readonly protocol: string
  readonly #socket: WebSocket
  readonly #onError: (error: Error) => void
  /** Until it has introduced itself. graphql-ws would keep its timer for as long as the socket lives. */
  #patience: NodeJS.Timeout | null

  constructor(socket: WebSocket, onError: (error: Error) => void) {
    this.protocol = socket.protocol
    this.#socket = socket
    this.#onError = onError
    this.#patience = setTimeout(() => this.close(...TOO_LATE), PATIENCE_MS)
  }

  endPatience(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }

  /** It resolves when the bytes are on their way: who does not read is told no more. */
  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== this.#socket.OPEN) return resolve()
      this.#socket.send(text, (error) => (error == null ? resolve() : reject(error)))
    })
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason)
  }

  onMessage(take: (message: string) => Promise<void>): void {
    this.#socket.on('message', (data: RawData) => {
      const message = parsed((data as Buffer).toString())
      if (typeof message !== 'string' && message?.type === MessageType.ConnectionInit) this.endPatience()
      // It takes what is parsed, too, and keeps what it takes for as long as an operation lives.
      take(message as string).catch((error: unknown) => {
        this.#onError(error as Error)
        this.close(CloseCode.InternalServerError, 'Internal server error')
      })
    })
  }
}

const TOO_LATE = [CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'] as const

/** The text itself where it is no JSON, or of a text: graphql-ws has a word for that. */
function parsed(text: string): { readonly type?: unknown } | null | string {
  try {
    const message = JSON.parse(text) as { readonly type?: unknown } | null | string
    return typeof message === 'string' ? text : message
  } catch {
    return text
  }
}
