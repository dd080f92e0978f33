import { GraphQLError } from 'graphql'
import type { ComplexityErrorFn } from '@pothos/plugin-complexity'

/** Everything that an answer may have as `extensions.code`; none has none. Yoga's own codes are among them. */
export type ErrorCode =
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'BAD_REQUEST'
  | 'BAD_USER_INPUT'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'TOO_COMPLEX'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

/** The viewer may not do this. */
export class ForbiddenError extends Error {
  /** The scope that would allow it; null where no scope would. */
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

/** There is nothing with this id, or nothing that the viewer may see. */
export class NotFoundError extends Error {
  readonly id: string

  constructor(what: string, id: string) {
    super(`There is no ${what} ${id}`)
    this.name = 'NotFoundError'
    this.id = id
  }
}

/** What was asked for does not go together with what is. */
export class ConflictError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConflictError'
  }
}

/** It was done too often lately. */
export class RateLimitedError extends Error {
  readonly retryAt: Date

  constructor(message: string, retryAt: Date) {
    super(message)
    this.name = 'RateLimitedError'
    this.retryAt = retryAt
  }
}

export interface ValidationIssue {
  /** From the input down to the value. */
  readonly path: readonly string[]
  readonly message: string
}

/** The input cannot be accepted as it is. */
export class ValidationError extends Error {
  readonly issues: readonly ValidationIssue[]

  constructor(...issues: readonly ValidationIssue[]) {
    super(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
    this.name = 'ValidationError'
    this.issues = issues
  }
}

/**
 * What a client is told of an error that a query or subscription threw, with a code. Null where it is nobody's business
 * but ours.
 */
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

/** Law 10: an operation that could answer without bound is refused before it runs. */
export const tooComplex: ComplexityErrorFn = (kind, result) => {
  const [measure, value, limit] = {
    Complexity: ['cost', result.complexity, result.maxComplexity] as const,
    Depth: ['depth', result.depth, result.maxDepth] as const,
    Breadth: ['breadth', result.breadth, result.maxBreadth] as const,
  }[kind]
  const message = `The operation has a ${measure} of ${value}; ${limit} is the most. Ask for smaller pages or fewer fields`
  return coded('TOO_COMPLEX', message, { [measure]: value, limit })
}
