import { CloseCode, MessageType, type Server, type WebSocket as Served } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'
import { sendText } from './send-text.ts'

/** Called with operations that the client completes, whether graphql-ws handles them or not. */
export interface Completing {
  complete(id: unknown): void
}

/**
 * Serves the graphql-ws protocol on a socket, like `graphql-ws/use/ws`. That module, however, keeps each upgrade's
 * request, each message's bytes and its own timers as long as the socket lives, which makes a subscriber take half as
 * much memory again.
 */
export function serveSocket<Extra extends Completing>(
  server: Server<Extra>,
  socket: WebSocket,
  extra: Extra,
  onError: (error: Error) => void,
): void {
  const served = new ServedSocket(socket, extra, onError)
  Object.assign(socket, { [SERVED]: served })
  served.closed = server.opened(served, extra)
  socket.on('close', onClose)
}

// Shared by all sockets: the listeners find their state on the socket itself.
const SERVED = Symbol('served')
type Serving = WebSocket & { readonly [SERVED]: ServedSocket }

function onMessage(this: WebSocket, data: RawData): void {
  ;(this as Serving)[SERVED].hear(data as Buffer)
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  ;(this as Serving)[SERVED].end(code, reason.toString())
}

const PATIENCE_MS = 5_000

/** A class, so that all sockets share their methods. */
class ServedSocket implements Served {
  readonly protocol: string
  /** What graphql-ws wants called on close. */
  closed: ((code: number, reason: string) => Promise<void>) | null = null
  #take: ((message: string) => Promise<void>) | null = null
  readonly #socket: WebSocket
  readonly #completing: Completing
  readonly #onError: (error: Error) => void
  /** Set until ConnectionInit arrives. graphql-ws would keep its own timer as long as the socket lives. */
  #patience: NodeJS.Timeout | null

  constructor(socket: WebSocket, completing: Completing, onError: (error: Error) => void) {
    this.protocol = socket.protocol
    this.#socket = socket
    this.#completing = completing
    this.#onError = onError
    this.#patience = setTimeout(() => this.close(...TOO_LATE), PATIENCE_MS)
  }

  #endPatience(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }

  end(code: number, reason: string): void {
    this.#endPatience()
    this.closed?.(code, reason).catch(this.#onError)
  }

  send(text: string): Promise<void> {
    return sendText(this.#socket, text)
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason)
  }

  onMessage(take: (message: string) => Promise<void>): void {
    this.#take = take
    this.#socket.on('message', onMessage)
  }

  hear(data: Buffer): void {
    const message = parsed(data.toString())
    if (typeof message !== 'string') {
      // graphql-ws treats it as an error of the server.
      if (FROM_SERVER.has(message?.type)) return this.close(CloseCode.BadRequest, 'A client must not send this message')
      if (message?.type === MessageType.ConnectionInit) this.#endPatience()
      if (message?.type === MessageType.Complete) this.#completing.complete(message.id)
    }
    // graphql-ws accepts parsed messages, too.
    this.#take!(message as string).catch((error: unknown) => {
      this.#onError(error as Error)
      this.close(CloseCode.InternalServerError, 'Internal server error')
    })
  }
}

const FROM_SERVER = new Set<unknown>([MessageType.ConnectionAck, MessageType.Next, MessageType.Error])

const TOO_LATE = [CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'] as const

interface Message {
  readonly type?: unknown
  readonly id?: unknown
}

/** Returns the text itself if it is not JSON, or is a JSON string: graphql-ws reports that. */
function parsed(text: string): Message | null | string {
  try {
    const message = JSON.parse(text) as Message | null | string
    return typeof message === 'string' ? text : message
  } catch {
    return text
  }
}
