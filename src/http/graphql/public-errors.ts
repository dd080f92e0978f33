import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded, type ErrorCode } from '../../graphql/errors.ts'

const LONGEST_MESSAGE = 500

/** Returns an error as shown to clients: with its own code or else the given one, and a message of limited length. */
export function toPublicError(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { message, extensions, nodes, source, positions, path } = error
  if (typeof extensions.code === 'string' && message.length <= LONGEST_MESSAGE) return error
  return new GraphQLError(message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`, {
    nodes,
    source,
    positions,
    path,
    extensions: { ...extensions, code: extensions.code ?? code },
  })
}

// All that graphql says once it has compared more fields of the same name than it allows.
const explained = (error: GraphQLError): GraphQLError =>
  error.message === 'Validation aborted.'
    ? coded('TOO_COMPLEX', 'The operation selects the same fields too often to compare them all')
    : error

/** Handles validation errors, which are not masked; all others are handled when they are masked. */
export const publicErrors: Plugin = {
  onValidate: () => {
    return ({ valid, result, setResult }) => {
      if (valid) return
      const errors = result as readonly GraphQLError[]
      setResult(errors.map((error) => toPublicError(explained(error), 'GRAPHQL_VALIDATION_FAILED')))
    }
  },
}
