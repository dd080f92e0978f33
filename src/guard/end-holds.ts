import { appendChanges } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { organizationOf } from '../db/organization-of.ts'
import { rowCountOf } from '../db/row-count.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { SyncEvent } from '../directory/events.ts'
import { guardChange } from './guard-change.ts'
import { releaseFollowers } from './release-followers.ts'

/** The event that has deleted a directory. */
interface Deletion {
  readonly event: Pick<SyncEvent, 'id' | 'directoryId' | 'occurredAt'>
  readonly source: ChangeSource
}

const WHY = 'The directory was deleted with all its users: there is nothing left to keep'

/**
 * Releases what the guard holds in a directory that an event has deleted, as far as it is older: events are applied, so
 * that the tombstones are what they would be if nothing had been held (law 2), and a waiting run is cancelled.
 * Otherwise no operator would decide on it any more, and the personal data in it would stay forever. The change log
 * records this. `tx` must have locked the directory.
 */
export async function endHolds(tx: Tx, { event, source }: Deletion): Promise<void> {
  const { directoryId, occurredAt } = event
  const events = rowCountOf(await tx.query(RELEASE, [directoryId, occurredAt]))
  await releaseFollowers(tx, directoryId)
  const { rows: runs } = await tx.query<{ id: string }>(CANCEL, [directoryId])
  const syncRunId = runs[0]?.id ?? null
  if (syncRunId === null && events === 0) return
  await tx.query('delete from sync_run_deferral where run_id = $1', [syncRunId])
  const detail = { reason: WHY, users: null, memberships: null, events, syncRunId }
  const organizationId = await organizationOf(tx, directoryId)
  const why = { directoryId, source, eventId: event.id, occurredAt }
  await appendChanges(tx, [guardChange(why, { kind: 'HELD_CHANGES_APPROVED', organizationId, detail })])
}

const RELEASE = `
  update inbox_event set status = 'PENDING', approved_at = now(), released_at = now()
  where directory_id = $1 and status = 'HELD' and occurred_at <= $2`

const CANCEL = `
  update sync_run set state = 'CANCELLED', finished_at = clock_timestamp(), error = '${WHY}'
  where directory_id = $1 and state = 'AWAITING_APPROVAL' and finished_at is null returning id`
