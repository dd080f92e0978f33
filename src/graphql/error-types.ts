import { UpstreamError } from '../directory/upstream-error.ts'
import { builder } from './builder.ts'
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ValidationError,
  type ValidationIssue,
} from './errors.ts'

export const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description: 'Why a mutation did not do what was asked, where the caller can do something about it.',
  fields: (t) => ({ message: t.exposeString('message', { description: 'What is wrong, for people.' }) }),
})

const Issue = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.field({
      type: ['String'],
      description: 'From the input down to the value.',
      resolve: ({ path }) => [...path],
    }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
  }),
})

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input cannot be accepted as it is.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [Issue],
      description: 'Everything that is wrong with it.',
      resolve: ({ issues }) => [...issues],
    }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is nothing with this id, or nothing that you may see.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ id: t.exposeID('id', { nullable: true, description: 'The id that was asked for.' }) }),
})

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'What was asked for does not go together with how things are.',
  interfaces: [ErrorInterface],
})

builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  description: 'This was done too often lately.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAt: t.expose('retryAt', { type: 'DateTime', description: 'When it may be done once more.' }),
  }),
})

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: 'You may not do this.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    requiredScope: t.exposeString('requiredScope', {
      nullable: true,
      description: 'The scope that would allow it; null where none would.',
    }),
  }),
})

builder.objectType(UpstreamError, {
  name: 'UpstreamError',
  description: 'WorkOS said no, or did not answer.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.exposeString('code', {
      nullable: true,
      description:
        "WorkOS's own code, or `timeout`, `unreachable`, `unavailable`, `rate_limited` or `unreadable_answer`; null where there is none.",
    }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether the same may succeed if it is tried again later.',
    }),
  }),
})
