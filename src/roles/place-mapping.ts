import type { Tx } from '../db/database.ts'
import { forbidden, invalid, notFound } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingInput } from '../operations/role-mappings.ts'
import { requireOrganization } from './require-organization.ts'

interface Place {
  readonly organizationId: string | null
  readonly directoryId: string | null
}

/**
 * Returns a mapping's scope. A mapping of a directory or group belongs to its organization too, so that one column
 * decides who sees it; administrators bound to an organization create mappings only within it. Throws Refusal for what
 * is elsewhere, in the same words as for what does not exist (law 8).
 */
export async function placeMapping(
  tx: Tx,
  by: Administrator,
  input: MappingInput,
  path: readonly string[],
): Promise<Place> {
  const organizationId = input.organizationId ?? by.organizationId
  if (by.organizationId !== null && organizationId !== by.organizationId)
    throw forbidden('You can create mappings only for your own organization')
  if (organizationId !== null) await requireOrganization(tx, organizationId, by.organizationId)
  const wanted = { organizationId, directoryId: input.directoryId ?? null }
  const directory = wanted.directoryId === null ? null : await directoryOf(tx, by, wanted.directoryId)
  const group = input.match === 'GROUP_ID' ? await groupOf(tx, by, input.value, path) : null
  const place = group ?? directory ?? wanted
  if (wanted.directoryId !== null && place.directoryId !== wanted.directoryId)
    throw invalid({ path: [...path, 'value'], message: 'is a group of another directory' })
  if (organizationId !== null && place.organizationId !== organizationId)
    throw invalid({ path: [...path, 'organizationId'], message: 'is not the organization of the directory' })
  return place
}

async function directoryOf(tx: Tx, by: Administrator, id: string): Promise<Place> {
  const { rows } = await tx.query<Place>(
    `select id as "directoryId", organization_id as "organizationId" from directory
     where id = $1 and ($2::text is null or organization_id = $2)`,
    [id, by.organizationId],
  )
  if (rows[0] === undefined) throw notFound('directory', id)
  return rows[0]
}

async function groupOf(tx: Tx, by: Administrator, id: string, path: readonly string[]): Promise<Place> {
  const { rows } = await tx.query<Place>(
    `select directory_id as "directoryId", organization_id as "organizationId" from directory_group
     where id = $1 and state <> 'UNSEEN' and ($2::text is null or organization_id = $2)`,
    [id, by.organizationId],
  )
  if (rows[0] === undefined) throw invalid({ path: [...path, 'value'], message: 'is not a group you can see' })
  return rows[0]
}
