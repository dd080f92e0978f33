import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { createClient, type Client } from 'graphql-ws'
import { WebSocket, type ClientOptions } from 'ws'
import type { Answer } from '../support/client.ts'

export interface Following<Data> {
  /** The next answer; null when the operation is complete. Throws what ended it. */
  next(): Promise<Answer<Data> | null>
  stop(): Promise<void>
}

export interface Socket {
  follow<Data, Variables>(operation: TypedDocumentNode<Data, Variables> | string, variables?: object): Following<Data>
  /** Resolves when it is open and the server has let it in. */
  readonly connected: Promise<void>
  /** Resolves when it is closed, with why. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<void>
}

/** GraphQL over WebSocket, by the client that most people use. It does not try again. */
export function connect(url: string, key: string | null, options: ClientOptions = {}): Socket {
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  const connected = Promise.withResolvers<void>()
  connected.promise.catch(() => {}) // not everybody waits for it
  class WebSocketWithOptions extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, options)
    }
  }
  const client: Client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocketWithOptions,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {}, // told by `closed`
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
    on: {
      connected: () => connected.resolve(),
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }
        closed.resolve({ code, reason })
        connected.reject(new Error(`closed with ${code} ${reason}`))
      },
    },
  })
  return {
    connected: connected.promise,
    closed: closed.promise,
    close: async () => client.dispose(),
    follow<Data, Variables>(operation: TypedDocumentNode<Data, Variables> | string, variables?: object) {
      const query = typeof operation === 'string' ? operation : print(operation)
      const answers = client.iterate<Data>({ query, variables: variables as Record<string, unknown> })
      return {
        next: async () => ((await answers.next()).value as Answer<Data> | undefined) ?? null,
        stop: async () => void (await answers.return!()),
      }
    },
  }
}
