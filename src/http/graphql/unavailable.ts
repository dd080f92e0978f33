import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'

/** What is told to come back: the status and the header that say so. */
export const COME_BACK = { status: 503, headers: { 'retry-after': '5' } }

/** For what failed because of the database's condition. */
export function unavailable(): GraphQLError {
  return coded('UNAVAILABLE', 'This cannot be answered now: try again later')
}

/** Where there is no answer at all because it cannot be given now, the status says so too. */
export const statusOfUnavailable: Plugin = {
  onExecutionResult(payload) {
    const { result } = payload
    if (result === undefined || Array.isArray(result) || !('errors' in result)) return
    const { data, errors, extensions } = result as ExecutionResult
    if (data != null || errors?.some((error) => error.extensions.code === 'UNAVAILABLE') !== true) return
    payload.setResult({ ...result, extensions: { ...extensions, http: COME_BACK } })
  },
}
