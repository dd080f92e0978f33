import { appendChanges } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { Tally } from '../stats/tally.ts'
import type { Arrival } from '../sync/apply-events.ts'
import { guardChange } from '../sync/guard-change.ts'
import { COUNTED, countMarked, MARKED, type Marked } from './mark.ts'
import { releaseFollowers } from './release-followers.ts'

const WHY = 'The directory was deleted, and everybody with it: there is nothing left to approve'

/**
 * Does away with what the guard holds in a directory that an event has deleted, as far as it is older: events are
 * discarded, a run that waits is cancelled. Nobody would decide on it any more, and what it holds of people would stay for
 * ever. The change log says so. `tx` must have locked the directory.
 */
export async function endHolds(tx: Tx, { event, source }: Arrival, tally: Tally): Promise<void> {
  const { directoryId, occurredAt } = event
  const { rows } = await tx.query<Marked>(DISCARD, [directoryId, WHY, occurredAt])
  for (const row of rows) countMarked(tally, row)
  await releaseFollowers(tx, directoryId)
  const { rows: runs } = await tx.query<{ id: string }>(CANCEL, [directoryId])
  const syncRunId = runs[0]?.id ?? null
  if (syncRunId === null && rows.length === 0) return
  await tx.query('delete from sync_run_deferral where run_id = $1', [syncRunId])
  const { rows: of } = await tx.query<{ organizationId: string | null }>(ORGANIZATION, [directoryId])
  const detail = { reason: WHY, users: null, memberships: null, events: rows.length, syncRunId }
  const about = { directoryId, organizationId: of[0]!.organizationId, source, eventId: event.id, occurredAt }
  await appendChanges(tx, [guardChange({ ...about, kind: 'HELD_CHANGES_REJECTED', detail })])
}

const DISCARD = `
  update inbox_event e set status = 'DISCARDED', error = $2, ${COUNTED}
  where e.directory_id = $1 and e.status = 'HELD' and e.occurred_at <= $3
  returning ${MARKED}`

const CANCEL = `
  update sync_run set state = 'CANCELLED', finished_at = clock_timestamp(), error = '${WHY}'
  where directory_id = $1 and state = 'AWAITING_APPROVAL' and finished_at is null returning id`

const ORGANIZATION = 'select organization_id as "organizationId" from directory where id = $1'
