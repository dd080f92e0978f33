import { ABOUT_NOTHING, type ChangeDraft } from '../changes/append.ts'
import type { Queryable } from '../db/database.ts'

export interface Telling {
  readonly kind: 'EVENTS_REPLAYED' | 'EVENTS_DISCARDED'
  readonly source: 'MUTATION' | 'RETENTION'
  readonly actor?: string
  /** Why they are not to be applied; null if they are. */
  readonly reason: string | null
  readonly occurredAt: Date
}

/** What the change log says about replayed or discarded events: one change per directory, in the order of ids. */
export async function tellEvents(
  db: Queryable,
  events: readonly { readonly id: string; readonly directoryId: string | null }[],
  { kind, source, actor, reason, occurredAt }: Telling,
): Promise<ChangeDraft[]> {
  // Events that could not be read have no directory: only viewers of everything find their change.
  const byDirectory = Map.groupBy(events, ({ directoryId }) => directoryId ?? '')
  const { rows } = await db.query<{ id: string; organizationId: string | null }>(
    'select id, organization_id as "organizationId" from directory where id = any($1)',
    [[...byDirectory.keys()]],
  )
  const organizations = new Map(rows.map(({ id, organizationId }) => [id, organizationId]))
  const inOrder = [...byDirectory].sort(([one], [other]) => (one < other ? -1 : 1))
  return inOrder.map(([directoryId, ofDirectory]) => ({
    ...ABOUT_NOTHING,
    kind,
    directoryId,
    organizationId: organizations.get(directoryId) ?? null,
    source,
    eventId: ofDirectory.length === 1 ? ofDirectory[0]!.id : null,
    ...(actor !== undefined && { actor }),
    detail: { count: ofDirectory.length, reason },
    occurredAt,
  }))
}
