import type { Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingState } from '../operations/role-mappings.ts'
import type { RoleContext } from './administer-roles.ts'
import { foreseeMappings } from './match-mappings.ts'

/** By organization, what is being tried for administrators bound to it. */
const lines = new Map<string, Promise<unknown>>()

/**
 * Tries the patterns of requested mappings before their turn, when no other caller has to wait for that. `read` returns
 * the mappings, and throws Refusal for whatever would be refused later too. Runs one after the other per organization:
 * many requests at once get no larger share of this process than others.
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
  const over = done.catch(() => {}) // its own caller gets the error
  lines.set(owner, over)
  await done.finally(() => {
    if (lines.get(owner) === over) lines.delete(owner)
  })
}
