import type { NewApiKey } from './api-key.ts'
import { isGrantable, scopes } from './viewer.ts'

export interface KeyIssue {
  /** The property of the key that is wrong, and in a list which of its entries. */
  readonly path: readonly [keyof NewApiKey, ...string[]]
  readonly message: string
}

/** Everything that is wrong with a key that somebody wants, by whatever door they come. */
export function findKeyIssues(key: Omit<NewApiKey, 'createdBy'>, now: Date): KeyIssue[] {
  const issues: KeyIssue[] = []
  const length = key.name.trim().length
  if (length < 1 || length > 100) issues.push({ path: ['name'], message: 'must have 1 to 100 characters' })
  if (key.scopes.length === 0) issues.push({ path: ['scopes'], message: 'must name one scope or more' })
  for (const [index, scope] of key.scopes.entries()) {
    if (isGrantable(scope)) continue
    const message = `${scope} is not a scope; there are ${Object.keys(scopes).join(', ')} and *`
    issues.push({ path: ['scopes', String(index)], message })
  }
  if (key.organizationId !== null && !/^\S{1,200}$/.test(key.organizationId))
    issues.push({ path: ['organizationId'], message: "must be an organization's id" })
  if (key.expiresAt != null && key.expiresAt <= now)
    issues.push({ path: ['expiresAt'], message: 'must be in the future' })
  return issues
}
