import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { ErrorCode } from '../../graphql/errors.ts'

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

/** Handles validation errors, which are not masked; all others are handled when they are masked. */
export const publicErrors: Plugin = {
  onValidate: () => {
    return ({ valid, result, setResult }) => {
      if (valid) return
      const errors = result as readonly GraphQLError[]
      setResult(errors.map((error) => toPublicError(error, 'GRAPHQL_VALIDATION_FAILED')))
    }
  },
}
