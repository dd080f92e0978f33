import type { StoredChange } from './read.ts'

/**
 * What a change's fields were before, but for which organization had the directory: whoever has it now is not told (law
 * 8).
 */
export function previousWithoutOwner({ previous }: StoredChange): StoredChange['previous'] {
  if (previous === null || !Object.hasOwn(previous, 'organizationId')) return previous
  const { organizationId: _former, ...own } = previous
  return own
}
