import type { GraphQLError } from 'graphql'
import type { ErrorCode } from '../../graphql/errors.ts'

/** REFUSED: only with errors of the caller. FAILED: with errors of the server. */
export type OperationOutcome = 'OK' | 'REFUSED' | 'FAILED'

/**
 * Called with how an operation over HTTP ended, and after how many seconds; for a subscription, when it has begun, with
 * null.
 */
export type OnOperation = (outcome: OperationOutcome, seconds: number | null) => void

const OURS = new Set<unknown>(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE'] satisfies ErrorCode[])

/** Returns how an operation ended, given the errors of its response. */
export function outcomeOf(errors: readonly GraphQLError[] | undefined): OperationOutcome {
  if (errors === undefined || errors.length === 0) return 'OK'
  return errors.some(({ extensions }) => OURS.has(extensions.code)) ? 'FAILED' : 'REFUSED'
}
