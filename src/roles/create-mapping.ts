import { ulid } from 'ulid'
import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { conflict } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingInput, MappingState } from '../operations/role-mappings.ts'
import { administerRoles, type RoleContext } from './administer-roles.ts'
import { changeMappings } from './change-mappings.ts'
import { checkMapping } from './check-mapping.ts'
import { findConflicts } from './find-conflicts.ts'
import { foresee } from './foresee.ts'

/** Creates a mapping and returns its id; every account it matches has its roles when this resolves. Throws Refusal. */
export async function createMapping(context: RoleContext, by: Administrator, input: MappingInput): Promise<string> {
  await foresee(context, by, async (tx) => [await checkNew(tx, by, input, context.now())])
  return administerRoles(context, async (tx) => {
    const at = context.now()
    const after = await checkNew(tx, by, input, at)
    const changes = [{ before: null, after }]
    return { result: after.id, ...(await changeMappings(tx, changes, byHand(by, at), context.settlement)) }
  })
}

async function checkNew(tx: Tx, by: Administrator, input: MappingInput, at: Date): Promise<MappingState> {
  const id = newMappingId()
  const after = await checkMapping(tx, by, input, { id, createdAt: at.toISOString() }, [])
  const [problem] = await findConflicts(tx, [{ before: null, after }])
  if (problem !== undefined) throw conflict(problem.message.replace(id, 'the new one'))
  return after
}

export const newMappingId = (): string => `role_mapping_${ulid()}`
