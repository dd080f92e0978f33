import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { conflict } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingChange, MappingUpdate } from '../operations/role-mappings.ts'
import { administerRoles, type RoleContext } from './administer-roles.ts'
import { changeMappings } from './change-mappings.ts'
import { checkMapping } from './check-mapping.ts'
import { findConflicts } from './find-conflicts.ts'
import { foresee } from './foresee.ts'
import { ownMapping } from './own-mapping.ts'
import { isUnchanged, mappingsElsewhere } from './tell-mappings.ts'

/** Changes a mapping; all accounts reflect it when this resolves. Throws Refusal. */
export async function updateMapping(context: RoleContext, by: Administrator, update: MappingUpdate): Promise<void> {
  await foresee(context, by, async (tx) => mappingsElsewhere([await checkChange(tx, by, update)]))
  await administerRoles(context, async (tx) => {
    const change = await checkChange(tx, by, update)
    if (isUnchanged(change)) return { result: null, drafts: [], queued: false }
    const why = byHand(by, context.now())
    return { result: null, ...(await changeMappings(tx, [change], why, context.settlement)) }
  })
}

async function checkChange(tx: Tx, by: Administrator, update: MappingUpdate): Promise<MappingChange> {
  const change = await checkUpdate(tx, by, update, [])
  const [problem] = isUnchanged(change) ? [] : await findConflicts(tx, [change])
  if (problem !== undefined) throw conflict(problem.message)
  return change
}

/** Returns a mapping as it is and as requested. `path` leads to the input. Throws Refusal. */
export async function checkUpdate(
  tx: Tx,
  by: Administrator,
  update: MappingUpdate,
  path: readonly string[],
): Promise<MappingChange> {
  const before = await ownMapping(tx, by, update.id)
  const match = update.match ?? before.match
  const input = {
    organizationId: update.organizationId === undefined ? before.organizationId : update.organizationId,
    directoryId: update.directoryId === undefined ? before.directoryId : update.directoryId,
    match,
    value: update.value ?? before.value,
    attribute: update.attribute === undefined ? keptAttribute(before.attribute, match) : update.attribute,
    roles: update.roles ?? before.roles.map(({ id }) => id),
  }
  return { before, after: await checkMapping(tx, by, input, before, path) }
}

// A mapping that compared an attribute and now compares groups has none any more.
function keptAttribute(attribute: string | null, match: MappingUpdate['match']): string | null {
  return match === 'ATTRIBUTE_EQUALS' ? attribute : null
}
