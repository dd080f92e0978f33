import { ulid } from 'ulid'
import { conflict } from '../directory/refusal.ts'
import type { Administrator } from '../directory/administrator.ts'
import type { MappingInput } from '../directory/role-mappings.ts'
import { administer, type RoleContext } from './administer.ts'
import { changeMappings } from './change-mappings.ts'
import { checkMapping } from './check-mapping.ts'
import { findConflicts } from './find-conflicts.ts'

/** Makes a mapping; whoever it matches now has its roles when this is done. Gives its id. Throws Refusal. */
export async function createMapping(context: RoleContext, by: Administrator, input: MappingInput): Promise<string> {
  return administer(context, async (tx) => {
    const at = context.now()
    const id = newMappingId()
    const after = await checkMapping(tx, by, input, { id, createdAt: at.toISOString() }, [])
    const [problem] = await findConflicts(tx, [{ before: null, after }])
    if (problem !== undefined) throw conflict(problem.message.replace(id, 'The new one'))
    const act = { actor: by.actor, at }
    return { result: id, ...(await changeMappings(tx, [{ before: null, after }], act, context.settlement)) }
  })
}

export const newMappingId = (): string => `role_mapping_${ulid()}`
