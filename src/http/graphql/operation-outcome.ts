import type { GraphQLError } from 'graphql'
import type { ErrorCode } from '../../graphql/errors.ts'

/** REFUSED: with errors that are the caller's. FAILED: with some that are ours. */
export type OperationOutcome = 'OK' | 'REFUSED' | 'FAILED'

const OURS = new Set<unknown>(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE'] satisfies ErrorCode[])

/** How an operation ended, by the errors that its answer has. */
export function outcomeOf(errors: readonly GraphQLError[] | undefined): OperationOutcome {
  if (errors === undefined || errors.length === 0) return 'OK'
  return errors.some(({ extensions }) => OURS.has(extensions.code)) ? 'FAILED' : 'REFUSED'
}
