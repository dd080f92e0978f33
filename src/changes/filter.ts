import type { ChangeKind } from '../directory/change-kinds.ts'
import type { StoredChange } from './read.ts'

/** Which changes a reader wants and may see. Absent criteria do not restrict. */
export interface ChangeFilter {
  /** The organization that the viewer is bound to. */
  readonly viewerOrganizationId?: string
  readonly organizationId?: string
  readonly directoryId?: string
  readonly directoryUserId?: string
  readonly directoryGroupId?: string
  readonly accountId?: string
  readonly kinds?: readonly ChangeKind[]
}

// One table for both forms of the filter, in SQL and on changes in memory, so that they cannot drift apart.
const CRITERIA: Record<keyof ChangeFilter, { column: string; type: string; field: keyof StoredChange }> = {
  viewerOrganizationId: { column: 'organization_id', type: 'text', field: 'organizationId' },
  organizationId: { column: 'organization_id', type: 'text', field: 'organizationId' },
  directoryId: { column: 'directory_id', type: 'text', field: 'directoryId' },
  directoryUserId: { column: 'user_id', type: 'text', field: 'directoryUserId' },
  directoryGroupId: { column: 'group_id', type: 'text', field: 'directoryGroupId' },
  accountId: { column: 'account_id', type: 'text', field: 'accountId' },
  kinds: { column: 'kind', type: '"ChangeKind"', field: 'kind' },
}

/** What a filter restricts: in the table, on a change in memory, and to what. */
export function criteria(filter: ChangeFilter) {
  const keys = Object.keys(CRITERIA) as (keyof ChangeFilter)[]
  return keys.flatMap((key) => {
    const wanted: string | readonly string[] | undefined = filter[key]
    return wanted === undefined ? [] : [{ key, ...CRITERIA[key], wanted }]
  })
}

/** The filter as conditions in SQL; their parameters are appended to `values`. */
export function toConditions(filter: ChangeFilter, values: unknown[]): string[] {
  return criteria(filter).map(({ column, type, wanted }) => {
    const parameter = `$${values.push(wanted)}`
    return typeof wanted === 'string' ? `${column} = ${parameter}` : `${column} = any(${parameter}::${type}[])`
  })
}

/** The same filter on a change in memory. */
export function matches(filter: ChangeFilter, change: StoredChange): boolean {
  return criteria(filter).every(({ field, wanted }) =>
    typeof wanted === 'string' ? change[field] === wanted : wanted.includes(change[field] as string),
  )
}
