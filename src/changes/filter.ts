import type { ChangeKind } from '../directory/changes.ts'
import type { StoredChange } from './read.ts'

/** Which changes somebody wants, and may see. What is absent does not restrict. */
export interface ChangeFilter {
  /** The organization that the viewer is bound to. */
  readonly viewerOrganizationId?: string
  readonly organizationId?: string
  readonly directoryId?: string
  readonly directoryUserId?: string
  readonly directoryGroupId?: string
  /** Of this account. */
  readonly userId?: string
  readonly kinds?: readonly ChangeKind[]
}

// One table for both forms of the filter, in SQL and on changes in memory, so that they cannot drift apart.
const CRITERIA: { [Key in keyof ChangeFilter]-?: { sql: (parameter: string) => string; field: keyof StoredChange } } = {
  viewerOrganizationId: { sql: (parameter) => `organization_id = ${parameter}`, field: 'organizationId' },
  organizationId: { sql: (parameter) => `organization_id = ${parameter}`, field: 'organizationId' },
  directoryId: { sql: (parameter) => `directory_id = ${parameter}`, field: 'directoryId' },
  directoryUserId: { sql: (parameter) => `user_id = ${parameter}`, field: 'userId' },
  directoryGroupId: { sql: (parameter) => `group_id = ${parameter}`, field: 'groupId' },
  userId: { sql: (parameter) => `account_id = ${parameter}`, field: 'accountId' },
  kinds: { sql: (parameter) => `kind = any(${parameter}::"ChangeKind"[])`, field: 'kind' },
}

function criteria(filter: ChangeFilter) {
  const keys = Object.keys(CRITERIA) as (keyof ChangeFilter)[]
  return keys.flatMap((key) => (filter[key] === undefined ? [] : [{ ...CRITERIA[key], wanted: filter[key] }]))
}

/** The filter as conditions, whose parameters are appended to `values`. */
export function toConditions(filter: ChangeFilter, values: unknown[]): string[] {
  return criteria(filter).map(({ sql, wanted }) => sql(`$${values.push(wanted)}`))
}

/** The same filter on a change in memory. */
export function matches(filter: ChangeFilter, change: StoredChange): boolean {
  return criteria(filter).every(({ field, wanted }) => {
    return typeof wanted === 'string'
      ? change[field] === wanted
      : (wanted as readonly unknown[]).includes(change[field])
  })
}
