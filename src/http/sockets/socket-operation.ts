import { GraphQLError, type ExecutionResult } from 'graphql'
import { MessageType } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { nextMessage, toFormatted } from './next-message.ts'
import { outcomeOf, type OperationOutcome } from '../graphql/operation-outcome.ts'
import type { Listener, Subscribed } from '../sharing/shared-results.ts'

/** Whose operations they are. */
export interface OperationHost {
  readonly socket: WebSocket
  /** Those that have not ended: hardly ever more than one, and a list of one takes a fourth of a map. */
  operations: readonly SocketOperation[]
  /** Hears how an operation began, and what ended it. */
  onOutcome(outcome: OperationOutcome): void
  /** Something happened that nobody foresaw. */
  breakOff(error: unknown): void
}

const AS_TEXT = { binary: false }

/**
 * A subscription of a socket, from its beginning to its end. It is told as graphql-ws would tell it, which keeps the
 * message, and all that waits for the next result, for as long as it lives: half of what a socket took. While it is
 * told with others, nothing waits here.
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

  /** May be called once. Resolves when it has ended, or is told with others. */
  async begin(subscribe: (listener: Listener) => Promise<ExecutionResult | Subscribed>): Promise<void> {
    const results = await subscribe(this)
    const isRefused = !(Symbol.asyncIterator in results)
    this.#host.onOutcome(outcomeOf(isRefused ? results.errors : undefined))
    if (isRefused) {
      await this.#tell(results)
      return this.#complete()
    }
    this.#results = results
    return this.#lives() ? this.#pull() : this.end()
  }

  /** It is told nothing any more: the client has left it, or has left altogether. */
  async end(): Promise<void> {
    this.#leave()
    await this.#results?.return()
  }

  /** Tells it a result, but for while what it was told before is on its way to the client. */
  take(result: ExecutionResult): boolean {
    const { socket } = this.#host
    if (socket.readyState !== socket.OPEN) return true // it is told nothing any more, and about to leave
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
        if (step !== null) await this.#tell(step.value)
        else if (results.isTold()) return // or else it was left behind again meanwhile
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

  async #tell(result: ExecutionResult): Promise<void> {
    if (this.#lives()) await this.#send(nextMessage(this.id, result))
  }

  async #complete(): Promise<void> {
    if (this.#leave()) await this.#send(JSON.stringify({ id: this.id, type: MessageType.Complete }))
  }

  async #fail(error: Error): Promise<void> {
    if (!this.#leave()) return
    const told = [new GraphQLError(error.message, { cause: error })]
    this.#host.onOutcome(outcomeOf(told))
    await this.#send(JSON.stringify({ id: this.id, type: MessageType.Error, payload: told.map(toFormatted) }))
  }

  /** It resolves when the bytes are on their way: who does not read is told no more. */
  #send(message: string | Buffer): Promise<void> {
    const { socket } = this.#host
    return new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return resolve()
      socket.send(message, AS_TEXT, (error) => (error == null ? resolve() : reject(error)))
    })
  }
}
