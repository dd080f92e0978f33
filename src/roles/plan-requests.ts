import type { Tx } from '../db/database.ts'
import type { PlanRequest } from '../operations/mapping-plans.ts'
import { invalid } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingChange } from '../operations/role-mappings.ts'
import { checkMapping } from './check-mapping.ts'
import { newMappingId } from './create-mapping.ts'
import { ownMapping } from './own-mapping.ts'
import { MAX_STEPS, stepsOf } from './pattern-steps.ts'
import { isUnchanged, mappingsElsewhere } from './tell-mappings.ts'
import { checkUpdate } from './update-mapping.ts'

/** Changes that one plan makes, at most. */
const MAX_CHANGES = 100

/**
 * Returns the changes that a plan is requested for, with everything in them resolved. Throws Refusal, with the paths to
 * what is wrong.
 */
export async function changesOf(
  tx: Tx,
  by: Administrator,
  { create, update, delete: gone }: PlanRequest,
  at: Date,
): Promise<MappingChange[]> {
  const ids = [...update.map(({ id }) => id), ...gone]
  const count = create.length + ids.length
  if (count < 1 || count > MAX_CHANGES) throw invalid({ path: [], message: `must have 1 to ${MAX_CHANGES} changes` })
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw invalid({ path: [], message: `changes ${twice} twice` })
  const changes: MappingChange[] = []
  for (const [index, input] of create.entries()) {
    const blank = { id: newMappingId(), createdAt: at.toISOString() }
    changes.push({ before: null, after: await checkMapping(tx, by, input, blank, ['create', `${index}`]) })
  }
  for (const [index, one] of update.entries()) changes.push(await checkUpdate(tx, by, one, ['update', `${index}`]))
  for (const id of gone) changes.push({ before: await ownMapping(tx, by, id), after: null })
  const changed = changes.filter((change) => !isUnchanged(change))
  refuseTooManySteps(changed)
  return changed
}

// Refused before they are tried; exceeding the limit only together with existing patterns is a conflict of the plan.
function refuseTooManySteps(changes: readonly MappingChange[]): void {
  for (const own of Map.groupBy(mappingsElsewhere(changes), ({ organizationId }) => organizationId).values()) {
    const steps = stepsOf(own)
    if (steps <= MAX_STEPS) continue
    const message = `has patterns that take ${steps} steps, as counted by RE2; the limit per organization is ${MAX_STEPS}`
    throw invalid({ path: [], message })
  }
}
