import type { ChangeDraft } from '../changes/append.ts'
import type { Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { changedMapping, type MappingChange, type MappingState } from '../operations/role-mappings.ts'
import type { Settlement } from './administer-roles.ts'
import { matchMappings } from './match-mappings.ts'
import { saveMappings } from './mapping-states.ts'
import { mappingsElsewhere, tellMappings } from './tell-mappings.ts'

/** Writes which groups mappings match, for mappings that have no rows in role_mapping_group. */
type WriteMatches = (tx: Tx, mappings: readonly MappingState[]) => Promise<void>

const compare: WriteMatches = (tx, mappings) => matchMappings(tx, mappings, 'role_mapping_group')

async function writeMappings(tx: Tx, changes: readonly MappingChange[], writeMatches: WriteMatches): Promise<void> {
  // A mapping that looks for the same as before matches the same: each new group was compared with it when it came.
  const after = mappingsElsewhere(changes)
  await saveMappings(tx, changes)
  await tx.query('delete from role_mapping_group where mapping_id = any($1::text[])', [after.map(({ id }) => id)])
  await writeMatches(tx, after)
}

/**
 * Changes mappings and queues every account that they applied to before or apply to now. Returns the entries for the
 * change log. `tx` must hold the mappings exclusively.
 */
export async function changeMappings(
  tx: Tx,
  changes: readonly MappingChange[],
  why: Why,
  settlement: Settlement,
  /** Compares them with all groups, unless the caller has done so. */
  writeMatches: WriteMatches = compare,
): Promise<{ drafts: ChangeDraft[]; queued: boolean }> {
  await writeMappings(tx, changes, writeMatches)
  for (const [directoryId, some] of Map.groupBy(changes.map(changedMapping), (mapping) => mapping.directoryId ?? '')) {
    const ids = some.map(({ id }) => id)
    await settlement.queueMappings(tx, ids, { ...why, directoryId })
  }
  return { drafts: tellMappings(changes, why), queued: changes.length > 0 }
}
