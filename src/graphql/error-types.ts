import type { Issue } from '../operations/refusal.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import { builder } from './builder.ts'
import { ConflictError, ForbiddenError, NotFoundError, RateLimitedError, ValidationError } from './errors.ts'

export const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description: 'Why a mutation was not carried out, if the caller can do something about it.',
  fields: (t) => ({ message: t.exposeString('message', { description: 'A human-readable explanation.' }) }),
})

const IssueType = builder.objectRef<Issue>('ValidationIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.field({
      type: ['String'],
      description: 'The path from the input to the value.',
      resolve: ({ path }) => [...path],
    }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
  }),
})

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input is invalid.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [IssueType],
      description: 'Everything that is wrong with it.',
      resolve: ({ issues }) => [...issues],
    }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'Nothing with this id exists, or you cannot see it.',
  interfaces: [ErrorInterface],
  // Not nullable, as Node's: otherwise no operation could select both, and Relay always does.
  fields: (t) => ({ id: t.exposeID('id', { description: 'The requested id.' }) }),
})

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'The request conflicts with the current state.',
  interfaces: [ErrorInterface],
})

builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  description: 'Too many recent requests.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAt: t.expose('retryAt', { type: 'DateTime', description: 'When it can be retried.' }),
  }),
})

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: 'You may not do this.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    requiredScope: t.exposeString('requiredScope', {
      nullable: true,
      description: 'The scope that would allow it; null if none would.',
    }),
  }),
})

builder.objectType(UpstreamError, {
  name: 'UpstreamError',
  description: 'WorkOS refused the request or did not respond.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.exposeString('code', {
      nullable: true,
      description:
        "WorkOS's own code, or `timeout`, `unreachable`, `unavailable`, `rate_limited` or `unreadable_answer`; " +
        'null if there is none.',
    }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether retrying later may succeed.',
    }),
  }),
})
