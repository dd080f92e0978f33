import type { Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Administrator } from '../directory/administrator.ts'
import type { MappingState } from '../directory/role-mappings.ts'
import type { RoleContext } from './administer-roles.ts'
import { foreseeMappings } from './match-mappings.ts'

/** By organization: what is tried for those who are bound to it. */
const lines = new Map<string, Promise<unknown>>()

/**
 * Tries the patterns of mappings that somebody wants before it is their turn, while nobody waits for them. `read` gives
 * the mappings, and throws Refusal for what is refused later too. For each organization one after the other: whoever
 * asks for much at once has no larger share of this process than others.
 */
export async function foresee(
  { db }: RoleContext,
  by: Administrator,
  read: (tx: Tx) => Promise<readonly (MappingState | null)[]>,
): Promise<void> {
  const mappings = (await inTransaction(db.pool, read)).filter((mapping) => mapping !== null)
  if (mappings.every(({ match }) => match !== 'NAME_REGEX')) return
  const owner = by.organizationId ?? ''
  const done = (lines.get(owner) ?? Promise.resolve()).then(() => foreseeMappings(db.pool, mappings))
  const over = done.catch(() => {}) // whoever asked for that one is told
  lines.set(owner, over)
  await done.finally(() => {
    if (lines.get(owner) === over) lines.delete(owner)
  })
}
