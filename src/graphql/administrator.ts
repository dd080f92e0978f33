import type { Scope } from '../auth/viewer.ts'
import type { Administrator } from '../directory/administrator.ts'
import type { Context } from './context.ts'
import { requireScope } from './require-scope.ts'

/** The viewer as one who administers. Throws ForbiddenError where they lack the scope. */
export function administratorOf(context: Context, scope: Scope): Administrator {
  requireScope(context, scope)
  const { id, organizationId } = context.viewer
  return { actor: id, organizationId }
}
