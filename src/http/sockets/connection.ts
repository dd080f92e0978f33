import { CloseCode } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Viewer } from '../../auth/viewer.ts'
import type { OperationOutcome } from '../graphql/operation-outcome.ts'
import type { OperationHost, SocketOperation } from './socket-operation.ts'

/** Who hears of what happens on any socket. */
export interface SocketEvents {
  readonly onError: (error: Error) => void
  readonly onOperation: (outcome: OperationOutcome) => void
}

/** What is kept of a socket. A class, so that there is one of each function, however many sockets there are. */
export class Connection implements OperationHost {
  readonly socket: WebSocket
  operations: readonly SocketOperation[] = []
  /** Of the upgrade, until it was looked at. */
  authorization: string | null
  /** Null before it is known, and once the credential has ended. */
  viewer: Viewer | null = null
  #watching: { close(): void } | null = null
  readonly #events: SocketEvents

  constructor(socket: WebSocket, authorization: string | null, events: SocketEvents) {
    this.socket = socket
    this.authorization = authorization
    this.#events = events
  }

  /** Until `end` is called, which is told to what watches its credential. */
  begin(viewer: Viewer, watching: { close(): void }): void {
    this.viewer = viewer
    this.#watching = watching
  }

  onOutcome(outcome: OperationOutcome): void {
    this.#events.onOperation(outcome)
  }

  /** The client does not want an operation any more. */
  complete(id: unknown): void {
    this.#end(this.operations.find((operation) => operation.id === id))
  }

  breakOff(error: unknown): void {
    this.#events.onError(error as Error)
    this.socket.close(CloseCode.InternalServerError, 'Internal server error')
  }

  /** The socket or the credential has ended. */
  end(): void {
    this.#watching?.close()
    this.#watching = null
    this.viewer = null
    for (const operation of this.operations) this.#end(operation)
  }

  #end(operation: SocketOperation | undefined): void {
    operation?.end().catch(this.#events.onError)
  }
}
