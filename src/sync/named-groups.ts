import { isRegrouping } from '../accounts/settle-access.ts'
import type { Tx } from '../db/database.ts'
import type { Group } from '../roles/find-pairs.ts'
import { directoryOf, type Mirror } from './mirror.ts'

/**
 * Groups that mappings will be compared with when the batch is written, as they are in it: new ones, and those with
 * another name or organization.
 */
export async function namedGroups(tx: Tx, mirror: Mirror): Promise<Group[]> {
  const ofDirectory = (directoryId: string) => directoryOf(mirror, directoryId).known.fields
  const ids = new Set(mirror.changes.filter(isRegrouping).map(({ directoryGroupId }) => directoryGroupId!))
  const named = [...ids].map((id) => {
    const { directoryId, known } = mirror.groups.get(id)!
    return { id, name: known.fields.name, directoryId, organizationId: ofDirectory(directoryId).organizationId }
  })
  const rehomed = [...mirror.directories.values()].filter((entry) => entry.rehomed !== null).map(({ id }) => id)
  if (rehomed.length === 0) return named
  const { rows } = await tx.query<Pick<Group, 'id' | 'name' | 'directoryId'>>(
    'select id, name, directory_id as "directoryId" from directory_group where directory_id = any($1::text[])',
    [rehomed],
  )
  const moved = rows.map((row) => ({ ...row, organizationId: ofDirectory(row.directoryId).organizationId }))
  return [...named, ...moved]
}
