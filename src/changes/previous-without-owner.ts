import type { StoredChange } from './read.ts'

/**
 * A change's previous values, except which organization had the directory: the present one must not learn that (law 8).
 */
export function previousWithoutOwner({ previous }: StoredChange): StoredChange['previous'] {
  if (previous === null || !Object.hasOwn(previous, 'organizationId')) return previous
  const { organizationId: _former, ...own } = previous
  return own
}
