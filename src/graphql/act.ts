import { Refusal } from '../operations/refusal.ts'
import type { Context, Operations } from './context.ts'
import { ConflictError, ForbiddenError, InUseError, NotFoundError, ValidationError } from './errors.ts'
import { createLoaders } from './loading/loaders.ts'

/**
 * Performs an operation and rethrows its refusal as the matching schema error. Anything that this request read before,
 * for this mutation or earlier ones, may be outdated now, so the loaders are replaced.
 */
export async function act<Result>(
  context: Context,
  work: (operations: Operations) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(context.operations())
  } catch (error) {
    throw error instanceof Refusal ? errorOf(error) : error
  } finally {
    context.loaders = createLoaders(context)
  }
}

function errorOf({ reason, message }: Refusal): Error {
  switch (reason.kind) {
    case 'NOT_FOUND':
      return new NotFoundError(reason.what, reason.id)
    case 'FORBIDDEN':
      return new ForbiddenError(null, message)
    case 'CONFLICT':
      return new ConflictError(message)
    case 'INVALID':
      return new ValidationError(...reason.issues.map((issue) => ({ ...issue, path: ['input', ...issue.path] })))
    case 'IN_USE':
      return new InUseError(reason)
  }
}
