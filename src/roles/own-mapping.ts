import type { Tx } from '../db/database.ts'
import { forbidden, notFound } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingState } from '../operations/role-mappings.ts'
import { readMappingStates } from './mapping-states.ts'

/**
 * Returns a mapping that the caller may change. Throws Refusal: not found if they may not even see it, forbidden if it
 * is global.
 */
export async function ownMapping(tx: Tx, by: Administrator, id: string): Promise<MappingState> {
  const [mapping] = await readMappingStates(tx, [id])
  const own = by.organizationId
  const isEverybodys = mapping?.organizationId === null && mapping.directoryId === null
  if (mapping === undefined || (own !== null && mapping.organizationId !== own && !isEverybodys))
    throw notFound('role mapping', id)
  if (own !== null && isEverybodys) throw forbidden('You cannot change a mapping that applies to all organizations')
  return mapping
}
