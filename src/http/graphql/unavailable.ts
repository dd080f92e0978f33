import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'

/** The status and header that ask the client to retry later. */
export const COME_BACK = { status: 503, headers: { 'retry-after': '5' } }

/** The error for failures caused by the state of the database. */
export function unavailable(): GraphQLError {
  return coded('UNAVAILABLE', 'The service is temporarily unavailable: try again later')
}

/** If there is no data at all because the service is unavailable, the status says so too. */
export const statusOfUnavailable: Plugin = {
  onExecutionResult(payload) {
    const { result } = payload
    if (result === undefined || Array.isArray(result) || !('errors' in result)) return
    const { data, errors, extensions } = result as ExecutionResult
    if (data != null || errors?.some((error) => error.extensions.code === 'UNAVAILABLE') !== true) return
    payload.setResult({ ...result, extensions: { ...extensions, http: COME_BACK } })
  },
}
