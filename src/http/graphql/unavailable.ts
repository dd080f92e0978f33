import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'
import { UNAVAILABLE } from '../refusal-of.ts'

/** The error for what cannot be served at the moment. */
export function unavailable(message = UNAVAILABLE.message): GraphQLError {
  return coded('UNAVAILABLE', message)
}

/** Whether some of a result is missing for that reason. */
export const isUnavailable = ({ errors }: Pick<ExecutionResult, 'errors'>): boolean =>
  errors?.some(({ extensions }) => extensions.code === 'UNAVAILABLE') === true

/** If there is no data at all because the service is unavailable, the status says so too. */
export const statusOfUnavailable: Plugin = {
  onExecutionResult(payload) {
    const { result } = payload
    if (result === undefined || Array.isArray(result) || !('errors' in result)) return
    const { data, extensions } = result as ExecutionResult
    if (data != null || !isUnavailable(result)) return
    const { status, headers } = UNAVAILABLE
    payload.setResult({ ...result, extensions: { ...extensions, http: { status, headers } } })
  },
}
