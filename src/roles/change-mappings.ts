import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { MappingChange, MappingState } from '../directory/role-mappings.ts'
import type { Settlement, Why } from './administer.ts'
import { CONCERNED } from './concerned-accounts.ts'
import { matchMappings } from './match-mappings.ts'
import { saveMappings } from './mapping-states.ts'
import { tellMappings } from './tell-mappings.ts'

/** By whom and when mappings are changed. */
export interface Act {
  readonly actor: string
  readonly at: Date
}

/** Changes mappings and which groups they match, without what follows for accounts. `tx` must have the mappings to itself. */
export async function writeMappings(tx: Tx, changes: readonly MappingChange[]): Promise<void> {
  const after = changes.map((change) => change.after).filter((mapping) => mapping !== null)
  await saveMappings(tx, changes)
  await tx.query('delete from role_mapping_group where mapping_id = any($1::text[])', [after.map(({ id }) => id)])
  await matchMappings(tx, after, 'role_mapping_group')
}

/**
 * Changes mappings, and puts off every account that they concerned before or concern now. Gives what the change log is to
 * say. `tx` must have the mappings to itself.
 */
export async function changeMappings(
  tx: Tx,
  changes: readonly MappingChange[],
  act: Act,
  settlement: Settlement,
  { settledOf = null }: { /** A plan, whose accounts the caller settles. */ readonly settledOf?: string | null } = {},
): Promise<{ drafts: ChangeDraft[]; queued: boolean }> {
  const queue = async (mappings: readonly (MappingState | null)[]): Promise<number> => {
    const present = mappings.filter((mapping) => mapping !== null)
    let count = 0
    for (const [directoryId, some] of Map.groupBy(present, (mapping) => mapping.directoryId ?? '')) {
      const ids = some.map(({ id }) => id)
      count += await settlement.queue(tx, OTHERS, [ids, settledOf], whyOf(act, directoryId))
    }
    return count
  }
  const before = await queue(changes.map((change) => change.before))
  await writeMappings(tx, changes)
  const after = await queue(changes.map((change) => change.after))
  return { drafts: tellMappings(changes, act), queued: before + after > 0 }
}

const OTHERS = `(${CONCERNED}) except select account_id from role_mapping_plan_difference where plan_id = $2`

/** Why accounts are settled after somebody has changed mappings or roles; the directory is that of a mapping that has one. */
export function whyOf({ actor, at }: Act, directoryId = ''): Why {
  return { directoryId, userId: null, source: 'MUTATION', eventId: null, actor, occurredAt: at }
}
