import { Refusal } from '../directory/refusal.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { InUseError } from './in-use-error.ts'

/** Does something, and throws what refuses it as the error of the schema that says the same. */
export async function refusable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Refusal ? errorOf(error) : error
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
