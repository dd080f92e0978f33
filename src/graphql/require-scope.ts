import { hasScope, type Scope } from '../auth/viewer.ts'
import type { Context } from './context.ts'
import { ForbiddenError } from './errors.ts'

/** Throws ForbiddenError, a result of mutations, if the viewer lacks the scope. */
export function requireScope({ viewer }: Context, scope: Scope): void {
  if (!hasScope(viewer, scope)) throw new ForbiddenError(scope)
}
