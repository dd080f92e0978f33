import { getOperationAST, GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql'
import { CloseCode, makeServer, type Server } from 'graphql-ws'
import type { Lease } from '../../changes/lease.ts'
import { coded } from '../../graphql/errors.ts'
import { createConnectionAuthentication, type AuthenticationOptions } from './authenticate-connection.ts'
import { reasonToSend } from './close-reason.ts'
import type { Connection, SocketEvents } from './connection.ts'
import { outcomeOf } from '../graphql/operation-outcome.ts'
import { executeSubscription } from '../sharing/execute-subscription.ts'
import { toFormatted, toPayload } from './next-message.ts'
import type { Sharing } from '../sharing/shared-results.ts'
import { SocketOperation } from './socket-operation.ts'
import type { GraphQLServer } from '../graphql/yoga.ts'

export interface ProtocolOptions extends SocketEvents, AuthenticationOptions {
  readonly yoga: GraphQLServer
  readonly sharing: Sharing
}

const MAX_SUBSCRIPTIONS = 100

/** The protocol graphql-transport-ws. Clients are authenticated once, by their connection parameters. */
export function createProtocol({
  yoga,
  authenticate,
  watch,
  sharing,
  onError,
  onOperation,
}: ProtocolOptions): Server<Connection> {
  const authenticateConnection = createConnectionAuthentication({ authenticate, watch, onError })

  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: 0, // handled by serveSocket
    onConnect: (context) => {
      const { connectionParams, extra } = context
      const { authorization } = extra
      // Do not retain credentials.
      extra.authorization = null
      Object.assign(context, { connectionParams: undefined })
      return authenticateConnection(extra, authorizationOf(connectionParams) ?? authorization)
    },
    onClose: ({ extra }) => extra.end(),
    onSubscribe: async ({ extra, subscriptions }, id, given) => {
      // An empty name means none, as over HTTP.
      const params = given.operationName === '' ? { ...given, operationName: null } : given
      const { viewer, socket, operations } = extra
      if (operations.some((operation) => operation.id === id)) {
        delete subscriptions[id]
        socket.close(CloseCode.SubscriberAlreadyExists, reasonToSend(`Subscriber for ${id} already exists`))
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
}

// Returned to graphql-ws for operations handled without it: it sends no errors for an operation that is no longer among
// its own.
const OURS = [new GraphQLError('This operation is handled elsewhere')]

// Operations on a socket end by `return`, when the socket closes or its credential ends: their signal is never aborted,
// and whoever reads it may have one that nobody else has. Kept, it would be memory of each subscriber that waits; one
// for all would hold the listeners of all.
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
