import type { Tx } from '../db/database.ts'
import type { Label } from '../directory/removal.ts'

/**
 * Corrects the labels of events, by which the guard knows them, if decoding found something else: thin events, which
 * say little before they are completed, and events received by a version that wrote no labels. Returns whether any were
 * wrong.
 */
export async function relabel(
  tx: Tx,
  labels: readonly (readonly [stored: Label & { readonly id: string }, found: Label])[],
): Promise<boolean> {
  const wrong = labels.filter(([stored, found]) => FIELDS.some((field) => stored[field] !== found[field]))
  if (wrong.length === 0) return false
  const column = (field: (typeof FIELDS)[number]) => wrong.map(([, found]) => found[field])
  await tx.query({
    name: 'relabel-events',
    text: `
      update inbox_event e set user_id = r.user_id, group_id = r.group_id, removal = r.removal
      from unnest($1::text[], $2::text[], $3::text[], $4::"Removal"[]) as r (id, user_id, group_id, removal)
      where e.id = r.id`,
    values: [wrong.map(([{ id }]) => id), ...FIELDS.map(column)],
  })
  return true
}

const FIELDS = ['userId', 'groupId', 'removal'] as const
