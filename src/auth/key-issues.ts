import { isOrganizationId, NOT_AN_ORGANIZATION } from '../operations/organization-id.ts'
import type { NewApiKey } from './api-key.ts'
import { isGrantable, scopes } from './viewer.ts'

interface KeyIssue {
  /** The invalid property of the key, followed by the index in a list. */
  readonly path: readonly [keyof NewApiKey, ...string[]]
  readonly message: string
}

/** Returns everything that is wrong with a requested key, for mutations and the command line alike. */
export function findKeyIssues(key: Omit<NewApiKey, 'createdBy'>, now: Date): KeyIssue[] {
  const issues: KeyIssue[] = []
  const length = key.name.trim().length
  if (length < 1 || length > 100) issues.push({ path: ['name'], message: 'must have 1 to 100 characters' })
  // In an operator's terminal they would pass for other keys, or for commands.
  if (/\p{Cc}/u.test(key.name)) issues.push({ path: ['name'], message: 'must not contain control characters' })
  if (key.scopes.length === 0) issues.push({ path: ['scopes'], message: 'must name at least one scope' })
  for (const [index, scope] of key.scopes.entries()) {
    if (isGrantable(scope)) continue
    const message = `${scope} is not a scope; the scopes are ${Object.keys(scopes).join(', ')} and *`
    issues.push({ path: ['scopes', String(index)], message })
  }
  if (key.organizationId !== null && !isOrganizationId(key.organizationId))
    issues.push({ path: ['organizationId'], message: NOT_AN_ORGANIZATION })
  if (key.expiresAt != null && key.expiresAt <= now)
    issues.push({ path: ['expiresAt'], message: 'must be in the future' })
  return issues
}
