import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { getOperationAST, GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { Authenticate } from '../../auth/authenticate.ts'
import { CredentialError } from '../../auth/credential-error.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { CredentialWatch } from '../../auth/watch-credentials.ts'
import type { Lease } from '../../changes/feed.ts'
import { coded } from '../../graphql/errors.ts'
import { Connection } from './connection.ts'
import { createKeepAlive } from './keep-alive.ts'
import { outcomeOf, type OperationOutcome } from '../graphql/operation-outcome.ts'
import { executeSubscription } from '../sharing/execute-subscription.ts'
import { toFormatted, toPayload } from './next-message.ts'
import { serveSocket } from './serve-socket.ts'
import type { Sharing } from '../sharing/shared-results.ts'
import { SocketOperation } from './socket-operation.ts'
import type { GraphQLServer } from '../graphql/yoga.ts'

export interface SocketsOptions {
  readonly yoga: GraphQLServer
  readonly authenticate: Authenticate
  readonly watch: CredentialWatch
  readonly sharing: Sharing
  readonly mayConnect: (request: IncomingMessage) => boolean
  readonly maxMessageBytes: number
  readonly onError: (error: Error) => void
  /** Called with how each operation ended, or, for a subscription, when it began. */
  readonly onOperation?: (outcome: OperationOutcome) => void
}

export interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Returns how many are open. */
  count(): number
  /** Closes every connection with 1001 (going away), and waits until they are closed. */
  close(): Promise<void>
}

// WebSocket close codes: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013
const MAX_SUBSCRIPTIONS = 100
const PATIENCE_MS = 2_000

/** GraphQL over WebSocket (graphql-transport-ws). Clients are authenticated once, by their connection parameters. */
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
  const events = { onError, onOperation }

  async function open(connection: Connection, authorization: string | null): Promise<boolean> {
    const { socket } = connection
    let viewer: Viewer
    try {
      viewer = await authenticate(authorization)
    } catch (error) {
      if (error instanceof CredentialError) {
        socket.close(CloseCode.Forbidden, cutToFit(error.message)) // graphql-ws would send only Forbidden
        return false
      }
      // If rethrown, graphql-ws would send the error to the client, and close with a code after which clients do not
      // reconnect.
      onError(error as Error)
      socket.close(TRY_AGAIN_LATER, 'Try again later')
      return false
    }
    const watching = watch.watch(viewer, () => {
      socket.close(CloseCode.Forbidden, 'The credential was revoked or has expired')
      connection.end()
    })
    connection.begin(viewer, watching)
    // It may have been closed while its credential was checked: then no further close event follows.
    if (socket.readyState !== socket.OPEN) connection.end()
    return true
  }

  const handler = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: 0, // handled by serveSocket
    onConnect: (context) => {
      const { connectionParams, extra } = context
      const { authorization } = extra
      // Do not retain credentials.
      extra.authorization = null
      Object.assign(context, { connectionParams: undefined })
      return open(extra, authorizationOf(connectionParams) ?? authorization)
    },
    onClose: ({ extra }) => extra.end(),
    onSubscribe: async ({ extra, subscriptions }, id, params) => {
      const { viewer, socket, operations } = extra
      if (operations.some((operation) => operation.id === id)) {
        delete subscriptions[id]
        socket.close(CloseCode.SubscriberAlreadyExists, cutToFit(`Subscriber for ${id} already exists`))
        return OURS
      }
      if (viewer === null) return [coded('UNAUTHENTICATED', 'The connection has ended')]
      if (Object.keys(subscriptions).length + operations.length > MAX_SUBSCRIPTIONS) {
        return [coded('TOO_COMPLEX', `A connection may have at most ${MAX_SUBSCRIPTIONS} operations at once`)]
      }
      // One bad operation must not close the connection for the others: returned errors go only to this operation.
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
        delete subscriptions[id]
        const asked = executeSubscription(yoga, viewer, params, document, operation)
        new SocketOperation(extra, id)
          .begin((listener) => sharing.subscribe(asked, open, listener))
          .catch((error: unknown) => extra.breakOff(error))
        return OURS
      }
      const contextValue = await contextFactory()
      return { schema, document, operationName, variableValues, contextValue, rootValue: { execute } }
    },
    execute: (args) => (args.rootValue as { execute(args: ExecutionArgs): Promise<never> }).execute(args),
    onOperation: async (_context, _id, _params, _args, result) => {
      const given = await result
      if (!(Symbol.asyncIterator in given)) onOperation(outcomeOf(given.errors))
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
        serveSocket(handler, client, new Connection(client, authorization, events), onError)
      })
    },
    count: () => server.clients.size,
    async close() {
      // Clients that do not respond, such as a sleeping laptop, are cut off.
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

// Returned to graphql-ws for operations handled without it: it sends no errors for an operation that is no longer among
// its own.
const OURS = [new GraphQLError('This operation is handled elsewhere')]

// RFC 6455, 5.5: a control frame has at most 125 bytes, two of which are the code.
const LONGEST_REASON = 123

function cutToFit(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, LONGEST_REASON)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}

// Operations on a socket end by `return`, when the socket closes or its credential ends.
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
  // Header names are case-insensitive; so are these parameters.
  const entry = Object.entries(parameters ?? {}).find(([name]) => name.toLowerCase() === 'authorization')
  return typeof entry?.[1] === 'string' ? entry[1] : null
}
