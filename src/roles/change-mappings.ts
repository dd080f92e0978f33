import type { ChangeDraft, Why } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { MappingChange, MappingState } from '../directory/role-mappings.ts'
import type { Settlement } from './administer-roles.ts'
import { matchMappings } from './match-mappings.ts'
import { saveMappings } from './mapping-states.ts'
import { isElsewhere, tellMappings } from './tell-mappings.ts'

/** By whom and when mappings are changed. */
export interface Act {
  readonly actor: string
  readonly at: Date
}

/** Writes which groups mappings match that have none in role_mapping_group. */
type WriteMatches = (tx: Tx, mappings: readonly MappingState[]) => Promise<void>

const compare: WriteMatches = (tx, mappings) => matchMappings(tx, mappings, 'role_mapping_group')

async function writeMappings(tx: Tx, changes: readonly MappingChange[], writeMatches: WriteMatches): Promise<void> {
  // What looks for the same as before matches the same: each group that came meanwhile was compared with it.
  const after = changes.filter(isElsewhere).map((change) => change.after!)
  await saveMappings(tx, changes)
  await tx.query('delete from role_mapping_group where mapping_id = any($1::text[])', [after.map(({ id }) => id)])
  await writeMatches(tx, after)
}

/**
 * Changes mappings, and puts off every account that they concerned before or concern now. Gives what the change log is
 * to say. `tx` must have the mappings to itself.
 */
export async function changeMappings(
  tx: Tx,
  changes: readonly MappingChange[],
  act: Act,
  settlement: Settlement,
  /** Compares them with all groups, unless the caller has done so. */
  writeMatches: WriteMatches = compare,
): Promise<{ drafts: ChangeDraft[]; queued: boolean }> {
  await writeMappings(tx, changes, writeMatches)
  const mappings = changes.map(({ before, after }) => (after ?? before)!)
  for (const [directoryId, some] of Map.groupBy(mappings, (mapping) => mapping.directoryId ?? '')) {
    const ids = some.map(({ id }) => id)
    await settlement.queueMappings(tx, ids, whyOf(act, directoryId))
  }
  return { drafts: tellMappings(changes, act), queued: changes.length > 0 }
}

/**
 * Why accounts are settled after somebody has changed mappings or roles; the directory is that of a mapping that has
 * one.
 */
export function whyOf({ actor, at }: Act, directoryId = ''): Why {
  return { directoryId, userId: null, source: 'MUTATION', eventId: null, actor, occurredAt: at }
}
