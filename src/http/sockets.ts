import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { getOperationAST, GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql'
import { handleProtocols, makeServer, type Context } from 'graphql-ws'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Authenticate } from '../auth/authenticate.ts'
import { CredentialError } from '../auth/credential-error.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { CredentialWatch } from '../auth/watch-credentials.ts'
import type { Lease } from '../changes/feed.ts'
import { coded } from '../graphql/errors.ts'
import { createKeepAlive } from './keep-alive.ts'
import { outcomeOf, type OperationOutcome } from './operation-outcome.ts'
import { executeSubscription } from './execute-subscription.ts'
import { toFormatted, toPayload } from './next-message.ts'
import { serveSocket } from './serve-socket.ts'
import type { Sharing } from './shared-results.ts'
import { SocketOperation } from './socket-operation.ts'
import type { GraphQLServer } from './yoga.ts'

export interface SocketsOptions {
  readonly yoga: GraphQLServer
  readonly authenticate: Authenticate
  readonly watch: CredentialWatch
  readonly sharing: Sharing
  readonly mayConnect: (request: IncomingMessage) => boolean
  readonly maxMessageBytes: number
  readonly onError: (error: Error) => void
  /** Hears how each operation ended, or that it began, where it is a subscription. */
  readonly onOperation?: (outcome: OperationOutcome) => void
}

export interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** How many are open. */
  count(): number
  /** Tells every client to go away (1001), and waits until they have. */
  close(): Promise<void>
}

type Operations = Context<Record<string, unknown>, Connection>['subscriptions']

interface Connection {
  readonly socket: WebSocket
  /** Of the upgrade, until it was looked at. */
  authorization: string | null
  session: Session | null
}

interface Session {
  readonly viewer: Viewer
  readonly watching: { close(): void }
}

// The protocol's own codes: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const FORBIDDEN = 4403
// WebSocket's own: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013
const MOST_SUBSCRIPTIONS = 100
const PATIENCE_MS = 2_000

/** GraphQL over WebSocket (graphql-transport-ws): who connects is authenticated once, by its connection parameters. */
export function createSockets({
  yoga,
  authenticate,
  watch,
  sharing,
  mayConnect,
  maxMessageBytes,
  onError,
  onOperation = () => {},
}: SocketsOptions): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, handleProtocols })
  const keepAlive = createKeepAlive()

  async function open(connection: Connection, authorization: string | null, operations: Operations): Promise<boolean> {
    const { socket } = connection
    let viewer: Viewer
    try {
      viewer = await authenticate(authorization)
    } catch (error) {
      if (error instanceof CredentialError) {
        socket.close(FORBIDDEN, cutToFit(error.message)) // graphql-ws would say no more than Forbidden
        return false
      }
      // Thrown on, graphql-ws would tell it to the client, and close with a code after which clients do not come back.
      onError(error as Error)
      socket.close(TRY_AGAIN_LATER, 'Try again later')
      return false
    }
    const watching = watch.watch(viewer, () => {
      socket.close(FORBIDDEN, 'The credential was revoked or has expired')
      end(connection)
      // Nor does anything go on for a client that does not answer to that, which graphql-ws would wait for.
      for (const operation of Object.values(operations))
        if (operation !== null && 'return' in operation) operation.return(undefined).catch(onError)
    })
    connection.session = { viewer, watching }
    // It may have been closed while its credential was looked up: then nobody will say so again.
    if (socket.readyState !== socket.OPEN) end(connection)
    return true
  }

  function end(connection: Connection): void {
    connection.session?.watching.close()
    connection.session = null
  }

  const handler = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: 0, // serveSocket sees to it
    onConnect: (context) => {
      const { connectionParams, extra, subscriptions } = context
      const { authorization } = extra
      // Credentials are not kept.
      extra.authorization = null
      Object.assign(context, { connectionParams: undefined })
      return open(extra, authorizationOf(connectionParams) ?? authorization, subscriptions)
    },
    onClose: ({ extra }) => end(extra),
    onSubscribe: async ({ extra, subscriptions }, id, params) => {
      const { session, socket } = extra
      if (session === null) return [coded('UNAUTHENTICATED', 'The connection has ended')]
      if (Object.keys(subscriptions).length > MOST_SUBSCRIPTIONS) {
        return [coded('TOO_COMPLEX', `${MOST_SUBSCRIPTIONS} operations at once are the most for one connection`)]
      }
      // One bad operation must not hang up on the good ones: what is returned is told to this one only.
      const { viewer } = session
      const open = untilReturned
      const { schema, parse, execute, contextFactory, validate } = yoga.getEnveloped({ viewer, open, params })
      const document = tryParse(parse, params.query)
      if (document instanceof GraphQLError) return [document]
      const errors = validate(schema, document) as readonly GraphQLError[]
      if (errors.length > 0) return errors
      const { operationName, variables: variableValues } = params
      const operation = getOperationAST(document, operationName)
      if (operation == null)
        return [coded('OPERATION_RESOLUTION_FAILURE', 'Could not determine what operation to execute.')]
      if (operation.operation === 'subscription') {
        const asked = executeSubscription(yoga, viewer, { ...params }, document, operation)
        // graphql-ws keeps it for as long as the operation lives, and the same text may be there thousands of times.
        Object.assign(params, { query: '', variables: undefined })
        const rootValue = new SocketOperation(socket, id, (listener) => sharing.subscribe(asked, open, listener))
        return { schema, document, operationName, contextValue: undefined, rootValue }
      }
      const contextValue = await contextFactory()
      return { schema, document, operationName, variableValues, contextValue, rootValue: { execute } }
    },
    execute: (args) => (args.rootValue as { execute(args: ExecutionArgs): Promise<never> }).execute(args),
    subscribe: (args) => (args.rootValue as SocketOperation).start() as Promise<never>,
    onOperation: async (_context, _id, _params, _args, result) => {
      const given = await result
      onOperation(outcomeOf(Symbol.asyncIterator in given ? undefined : given.errors))
    },
    onNext: (_context, _id, _params, _args, result) => (result.errors === undefined ? undefined : toPayload(result)),
    onError: (_context, _id, _params, errors) => {
      onOperation(outcomeOf(errors))
      return errors.map(toFormatted)
    },
  })
  server.on('error', onError)

  return {
    upgrade(request, socket, head) {
      if (!mayConnect(request)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        return
      }
      server.handleUpgrade(request, socket, head, (client) => {
        client.on('error', onError)
        keepAlive.add(client)
        const { authorization = null } = request.headers
        serveSocket(handler, client, { socket: client, authorization, session: null }, onError)
      })
    },
    count: () => server.clients.size,
    async close() {
      // Who does not answer to being told, as a laptop that sleeps, is cut off.
      const cut = setTimeout(() => {
        for (const client of server.clients) client.terminate()
      }, PATIENCE_MS)
      for (const client of server.clients) client.close(GOING_AWAY, 'Going away')
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      })
      keepAlive.close()
      clearTimeout(cut)
    },
  }
}

// RFC 6455, 5.5: a control frame has 125 bytes, two of which are the code.
const LONGEST_REASON = 123

function cutToFit(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, LONGEST_REASON)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}

// What is begun on a socket ends by being returned, when the socket closes or its credential ends.
const untilReturned = (): Lease => RETURNED
const RETURNED: Lease = {
  get signal() {
    return new AbortController().signal
  },
  close() {},
}

function tryParse(parse: (query: string) => DocumentNode, query: string): DocumentNode | GraphQLError {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

function authorizationOf(parameters: Readonly<Record<string, unknown>> | undefined): string | null {
  // Header names have no case; neither have their twins here.
  const entry = Object.entries(parameters ?? {}).find(([name]) => name.toLowerCase() === 'authorization')
  return typeof entry?.[1] === 'string' ? entry[1] : null
}
