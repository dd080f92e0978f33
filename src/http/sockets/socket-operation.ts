import { GraphQLError, type ExecutionResult } from 'graphql'
import { MessageType } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { nextMessage, toFormatted } from './next-message.ts'
import { outcomeOf, type OperationOutcome } from '../graphql/operation-outcome.ts'
import { isUnavailable } from '../graphql/unavailable.ts'
import { AS_TEXT, sendText } from './send-text.ts'
import { tryAgainLater } from './try-again-later.ts'
import type { Listener, Subscribed } from '../sharing/shared-results.ts'

/** The owner of operations. */
export interface OperationHost {
  readonly socket: WebSocket
  /** The active operations: rarely more than one, and a list of one takes a quarter of a map's memory. */
  operations: readonly SocketOperation[]
  /** Called with how an operation began, and with what ended it. */
  onOutcome(outcome: OperationOutcome): void
  /** Called on an unexpected error. */
  breakOff(error: unknown): void
}

/**
 * A subscription on a socket, from beginning to end. It sends what graphql-ws would, which keeps the message, and
 * everything that waits for the next result, as long as it lives: half of a socket's memory. While it shares results
 * with others, nothing waits here.
 */
export class SocketOperation implements Listener {
  readonly id: string
  readonly #host: OperationHost
  #results: Subscribed | null = null
  #isPulling = true

  constructor(host: OperationHost, id: string) {
    this.id = id
    this.#host = host
    host.operations = [...host.operations, this]
  }

  /** May be called once. Resolves when it has ended, or shares results with others. */
  async begin(subscribe: (listener: Listener) => Promise<ExecutionResult | Subscribed>): Promise<void> {
    const results = await subscribe(this)
    const isRefused = !(Symbol.asyncIterator in results)
    this.#host.onOutcome(outcomeOf(isRefused ? results.errors : undefined))
    if (isRefused) {
      if (isUnavailable(results)) return this.#tryAgainLater()
      await this.#sendResult(results)
      return this.#complete()
    }
    this.#results = results
    return this.#lives() ? this.#pull() : this.end()
  }

  /** Ends it because the client has completed it or disconnected. */
  async end(): Promise<void> {
    this.#leave()
    await this.#results?.return()
  }

  /** Sends a result; returns false while the previous one is still being sent. */
  take(result: ExecutionResult): boolean {
    const { socket } = this.#host
    if (socket.readyState !== socket.OPEN) return true // the socket is closing, and the operation is about to leave
    if (socket.bufferedAmount > 0) return false
    socket.send(nextMessage(this.id, result), AS_TEXT)
    return true
  }

  goOn(): void {
    if (!this.#isPulling) this.#pull().catch((error: unknown) => this.#host.breakOff(error))
  }

  async #pull(): Promise<void> {
    const results = this.#results!
    this.#isPulling = true
    try {
      for (;;) {
        const step = await results.step()
        if (step?.done === true) break
        if (step !== null) await this.#sendResult(step.value)
        else if (results.isShared()) return // otherwise it was left behind again in the meantime
      }
    } catch (error) {
      return this.#fail(error as Error)
    } finally {
      this.#isPulling = false
    }
    return this.#complete()
  }

  #lives(): boolean {
    return this.#host.operations.includes(this)
  }

  #leave(): boolean {
    const host = this.#host
    const before = host.operations
    host.operations = before.filter((operation) => operation !== this)
    return host.operations.length < before.length
  }

  async #sendResult(result: ExecutionResult): Promise<void> {
    if (this.#lives()) await this.#send(nextMessage(this.id, result))
  }

  async #complete(): Promise<void> {
    if (this.#leave()) await this.#send(JSON.stringify({ id: this.id, type: MessageType.Complete }))
  }

  async #fail(error: Error): Promise<void> {
    if (!this.#lives()) return
    const errors = [error instanceof GraphQLError ? error : new GraphQLError(error.message, { cause: error })]
    this.#host.onOutcome(outcomeOf(errors))
    if (isUnavailable({ errors })) return this.#tryAgainLater()
    this.#leave()
    await this.#send(JSON.stringify({ id: this.id, type: MessageType.Error, payload: errors.map(toFormatted) }))
  }

  #tryAgainLater(): void {
    this.#leave()
    tryAgainLater(this.#host.socket)
  }

  #send(message: string | Buffer): Promise<void> {
    return sendText(this.#host.socket, message)
  }
}
