import { GraphQLError, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'
import { UNAVAILABLE, type HttpRefusal } from '../refusal-of.ts'

/** The error for failures caused by the state of the database. */
export function unavailable(): GraphQLError {
  return coded('UNAVAILABLE', UNAVAILABLE.message)
}

/** The error for a request that is refused as a whole, with its status. */
export function refusedWith({ status, message, headers }: HttpRefusal): GraphQLError {
  const code = status === 401 ? 'UNAUTHENTICATED' : 'UNAVAILABLE'
  return new GraphQLError(message, { extensions: { code, http: { status, headers } } })
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
