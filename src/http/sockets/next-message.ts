import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql'
import { toPublicError } from '../graphql/public-errors.ts'

type Told = { readonly [Part in keyof ExecutionResult]: ExecutionResult[Part] | undefined }

/** Returns a result as sent on a socket. */
export function toPayload({ data, errors, extensions }: Told): object {
  return {
    ...(data !== undefined && { data }),
    ...(errors !== undefined && { errors: errors.map(toFormatted) }),
    ...(extensions !== undefined && { extensions }),
  }
}

// Omits what is only meant for HTTP, such as a status.
export function toFormatted(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, ...extensions } = {}, ...told } = toPublicError(error, 'BAD_USER_INPUT').toJSON()
  return { ...told, extensions }
}

// Cached, since shared results are sent to many.
const endings = new WeakMap<ExecutionResult, Buffer>()

function endingOf(result: ExecutionResult): Buffer {
  let ending = endings.get(result)
  if (ending === undefined)
    endings.set(result, (ending = Buffer.from(`,"type":"next","payload":${JSON.stringify(toPayload(result))}}`)))
  return ending
}

/**
 * Returns the protocol message that carries an operation's result:
 * https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md#next
 */
export function nextMessage(id: string, result: ExecutionResult): Buffer {
  const beginning = `{"id":${JSON.stringify(id)}`
  const ending = endingOf(result)
  const length = Buffer.byteLength(beginning)
  const message = Buffer.allocUnsafe(length + ending.length)
  message.write(beginning)
  ending.copy(message, length)
  return message
}
