import { CloseCode } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Viewer } from '../../auth/viewer.ts'
import type { OperationOutcome } from '../graphql/operation-outcome.ts'
import type { OperationHost, SocketOperation } from './socket-operation.ts'

/** Callbacks for events on any socket. */
export interface SocketEvents {
  readonly onError: (error: Error) => void
  /** Called with how each operation ended, or, for a subscription, when it began. */
  readonly onOperation: (outcome: OperationOutcome) => void
}

/** The state of a socket. A class, so that all sockets share their methods. */
export class Connection implements OperationHost {
  readonly socket: WebSocket
  operations: readonly SocketOperation[] = []
  /** The upgrade's Authorization header, until it is used. */
  authorization: string | null
  /** Null before authentication, and once the credential has ended. */
  viewer: Viewer | null = null
  #watching: { close(): void } | null = null
  readonly #events: SocketEvents

  constructor(socket: WebSocket, authorization: string | null, events: SocketEvents) {
    this.socket = socket
    this.authorization = authorization
    this.#events = events
  }

  /** Begins serving a viewer until `end` is called, which also stops watching the credential. */
  begin(viewer: Viewer, watching: { close(): void }): void {
    this.viewer = viewer
    this.#watching = watching
  }

  onOutcome(outcome: OperationOutcome): void {
    this.#events.onOperation(outcome)
  }

  /** Called when the client completes an operation. */
  complete(id: unknown): void {
    this.#end(this.operations.find((operation) => operation.id === id))
  }

  breakOff(error: unknown): void {
    this.#events.onError(error as Error)
    this.socket.close(CloseCode.InternalServerError, 'Internal server error')
  }

  /** Called when the socket or the credential has ended. */
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
