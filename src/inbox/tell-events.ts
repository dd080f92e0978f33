import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Queryable } from '../db/database.ts'

interface Telling {
  readonly kind: 'EVENTS_REPLAYED' | 'EVENTS_DISCARDED'
  /** Why they are not to be applied; null if they are. */
  readonly reason: string | null
}

/** What the change log says about replayed or discarded events: one change per directory, in the order of ids. */
export async function tellEvents(
  db: Queryable,
  events: readonly { readonly id: string; readonly directoryId: string | null }[],
  why: Why,
  { kind, reason }: Telling,
): Promise<ChangeDraft[]> {
  // Events that could not be read have no directory: only viewers of everything find their change.
  const byDirectory = Map.groupBy(events, ({ directoryId }) => directoryId ?? '')
  const { rows } = await db.query<{ id: string; organizationId: string | null }>(
    'select id, organization_id as "organizationId" from directory where id = any($1)',
    [[...byDirectory.keys()]],
  )
  const organizations = new Map(rows.map(({ id, organizationId }) => [id, organizationId]))
  const inOrder = [...byDirectory].sort(([one], [other]) => (one < other ? -1 : 1))
  return inOrder.map(([directoryId, ofDirectory]) => {
    const organizationId = organizations.get(directoryId) ?? null
    const eventId = ofDirectory.length === 1 ? ofDirectory[0]!.id : null
    const detail = { count: ofDirectory.length, reason }
    return draftChange({ ...why, directoryId, eventId }, { kind, organizationId, detail })
  })
}
