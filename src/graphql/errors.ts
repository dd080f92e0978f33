import { GraphQLError } from 'graphql'
import type { ComplexityErrorFn } from '@pothos/plugin-complexity'
import type { InUse, Issue } from '../operations/refusal.ts'

/** Every possible `extensions.code`; every error has one. Includes Yoga's own codes. */
export type ErrorCode =
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'BAD_REQUEST'
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  | 'BAD_USER_INPUT'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'TOO_COMPLEX'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

/** The viewer may not do this. */
export class ForbiddenError extends Error {
  /** The scope that would allow it; null if none would. */
  readonly requiredScope: string | null

  constructor(
    requiredScope: string | null,
    message = requiredScope === null ? 'You may not do this' : `This needs the scope ${requiredScope}`,
  ) {
    super(message)
    this.name = 'ForbiddenError'
    this.requiredScope = requiredScope
  }
}

/** Nothing with this id exists, or the viewer may not see it. */
export class NotFoundError extends Error {
  readonly id: string

  constructor(what: string, id: string) {
    super(`There is no ${what} ${id}`)
    this.name = 'NotFoundError'
    this.id = id
  }
}

/** The request conflicts with the current state. */
export class ConflictError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConflictError'
  }
}

/** The request would remove something in use and is not confirmed. */
export class InUseError extends Error {
  readonly use: InUse

  constructor(use: InUse) {
    super(use.message)
    this.name = 'InUseError'
    this.use = use
  }
}

/** Too many recent requests. */
export class RateLimitedError extends Error {
  readonly retryAt: Date

  constructor(message: string, retryAt: Date) {
    super(message)
    this.name = 'RateLimitedError'
    this.retryAt = retryAt
  }
}

/** The input is invalid. */
export class ValidationError extends Error {
  readonly issues: readonly Issue[]

  constructor(...issues: readonly Issue[]) {
    super(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
    this.name = 'ValidationError'
    this.issues = issues
  }
}

/** Returns the coded error that a client sees when a query or subscription throws; null for internal errors. */
export function publicError(error: unknown): GraphQLError | null {
  if (error instanceof ForbiddenError) {
    return coded('FORBIDDEN', error.message, error.requiredScope === null ? {} : { requiredScope: error.requiredScope })
  }
  if (error instanceof ValidationError) return coded('BAD_USER_INPUT', error.message, { issues: error.issues })
  return null
}

export function coded(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, code } })
}

/** Law 10: an operation whose response could be unbounded is refused before it runs. */
export const tooComplex: ComplexityErrorFn = (kind, result) => {
  const [measure, value, limit] = {
    Complexity: ['cost', result.complexity, result.maxComplexity] as const,
    Depth: ['depth', result.depth, result.maxDepth] as const,
    Breadth: ['breadth', result.breadth, result.maxBreadth] as const,
  }[kind]
  const message = `The operation has a ${measure} of ${value}; the limit is ${limit}. Request smaller pages or fewer fields`
  return coded('TOO_COMPLEX', message, { [measure]: value, limit })
}
