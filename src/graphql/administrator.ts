import type { Scope } from '../auth/viewer.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { Context } from './context.ts'
import { requireScope } from './require-scope.ts'

/** Returns the viewer as an administrator. Throws ForbiddenError if they lack the scope. */
export function administratorOf(context: Context, scope: Scope): Administrator {
  requireScope(context, scope)
  const { id, organizationId } = context.viewer
  return { actor: id, organizationId }
}
