import type { ExecutionResult } from 'graphql'
import type { WebSocket } from 'ws'
import { nextMessage } from './next-message.ts'
import type { Listener } from './shared-results.ts'

type Results = ExecutionResult | AsyncIterable<ExecutionResult>

const AS_TEXT = { binary: false }

/** A subscription of a socket. graphql-ws keeps it for as long as it lives: what it took to begin goes before. */
export class SocketOperation implements Listener {
  readonly #socket: WebSocket
  readonly #id: string
  #begin: ((listener: Listener) => Promise<Results>) | null

  constructor(socket: WebSocket, id: string, begin: (listener: Listener) => Promise<Results>) {
    this.#socket = socket
    this.#id = id
    this.#begin = begin
  }

  /** May be called once. */
  start(): Promise<Results> {
    const begin = this.#begin!
    this.#begin = null
    return begin(this)
  }

  /** Tells it a result, but for while what it was told before is on its way to the client. */
  take(result: ExecutionResult): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true // it is told nothing any more, and about to leave
    if (this.#socket.bufferedAmount > 0) return false
    this.#socket.send(nextMessage(this.#id, result), AS_TEXT)
    return true
  }
}
