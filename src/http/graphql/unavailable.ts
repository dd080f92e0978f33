import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'
import { UNAVAILABLE } from '../refusal-of.ts'

/** The error for failures caused by the state of the database. */
export function unavailable(): GraphQLError {
  return coded('UNAVAILABLE', UNAVAILABLE.message)
}

/** If there is no data at all because the service is unavailable, the status says so too. */
export const statusOfUnavailable: Plugin = {
  onExecutionResult(payload) {
    const { result } = payload
    if (result === undefined || Array.isArray(result) || !('errors' in result)) return
    const { data, errors, extensions } = result as ExecutionResult
    if (data != null || errors?.some((error) => error.extensions.code === 'UNAVAILABLE') !== true) return
    const { status, headers } = UNAVAILABLE
    payload.setResult({ ...result, extensions: { ...extensions, http: { status, headers } } })
  },
}
