import { ulid } from 'ulid'
import type { Database } from '../db/database.ts'
import { isPassing } from '../db/errors.ts'
import { inTransaction } from '../db/transaction.ts'
import { difference } from '../directory/changes.ts'
import type { Reported } from '../directory/events.ts'
import { directoryFields, type DirectoryFields } from '../directory/objects.ts'
import { restAfter } from '../operations/upstream-error.ts'
import { applyDirectorySnapshot, snapshotCause } from '../sync/apply-snapshot.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { requestRun } from '../sync/request-run.ts'
import { eachPage } from '../workos/each-page.ts'
import type { SnapshotApi } from '../workos/snapshot.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { learnOrganizations } from './learn-organizations.ts'
import { errorText } from '../text/error-text.ts'
import { takeRound } from './take-round.ts'

export interface DirectoryPollOptions {
  readonly db: Database
  readonly snapshot: SnapshotApi
  /** Pause between two rounds; 0: never. */
  readonly intervalMs: number
  /** Pause before the first round, unless nudged. Default: none. */
  readonly delayMs?: number
  /** How old a complete sync run may be before the next one is queued; 0: only the first one is queued. */
  readonly reconcileMs: number
  readonly now: () => Date
  /** Called after runs were queued. */
  readonly onQueued: () => void
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/** The pause after a failed run before the next one. */
const RETRY_MS = 600_000

/**
 * Repeatedly asks WorkOS for its directories: a new name, a new state and a directory that is gone have no event.
 * Queues the sync runs that are due, and learns the names of organizations. One instance does so at a time.
 */
export function startDirectoryPoll(options: DirectoryPollOptions): Rounds {
  const { db, intervalMs, delayMs = 0, closing, onError } = options
  return createRounds({
    intervalMs,
    delayMs,
    restAfter,
    closing,
    onError,
    round: async (stopped) => {
      await takeRound(db.pool, 'directory-poll', async (lost) => {
        const isStopped = () => stopped() || lost.aborted
        try {
          await poll(options, isStopped)
        } finally {
          // Even if WorkOS does not list its directories: known ones can still be compared.
          await queueDue(options)
        }
        await learnOrganizations({ ...options, stopped: isStopped })
      })
    },
  })
}

/** Does one round, and records how it went, for the health checks. */
async function poll(options: DirectoryPollOptions, stopped: () => boolean): Promise<void> {
  const { db, intervalMs, reconcileMs } = options
  await db.pool.query(
    'update directory_poll set begun_at = coalesce(begun_at, now()), interval_ms = $1, reconcile_ms = $2',
    [intervalMs, reconcileMs],
  )
  try {
    const isComplete = await askForAll(options, stopped)
    if (isComplete) await db.pool.query('update directory_poll set completed_at = now(), error = null')
  } catch (error) {
    if (!stopped()) await db.pool.query('update directory_poll set error = $1', [errorText(error)])
    throw error
  }
}

/** Returns whether all were asked for. */
async function askForAll(options: DirectoryPollOptions, stopped: () => boolean): Promise<boolean> {
  const { db, snapshot } = options
  const listed = new Set<string>()
  let lastAskedAt: Date | null = null
  for await (const { objects, askedAt } of eachPage('/directories', (after) => snapshot.directories(after))) {
    for (const directory of objects) {
      listed.add(directory.id)
      await apart(options, stopped, directory.id, () => applyPolled(db, directory, askedAt, reasonOf(directory.fields)))
    }
    if (stopped()) return false
    lastAskedAt = askedAt
  }
  // Asking for each absent directory may take long.
  await queueDue(options)
  await askForAbsent(options, stopped, listed, lastAskedAt!)
  return true
}

/** Handles one directory. An error is recorded there, and does not keep others from being handled. */
async function apart(
  { db, onError }: DirectoryPollOptions,
  stopped: () => boolean,
  id: string,
  act: () => Promise<void>,
): Promise<'done' | 'failed'> {
  try {
    await act()
    return 'done'
  } catch (error) {
    const isOfAll = isPassing(error) || restAfter(error) > 0
    if (isOfAll || stopped()) throw error
    onError(error)
    await db.pool.query('update directory set poll_error = $2 where id = $1', [id, errorText(error)])
    return 'failed'
  }
}

/** Why a directory is INACTIVE; undefined if it does not say whether it is. */
const reasonOf = ({ state }: Partial<DirectoryFields>): string | null | undefined => {
  if (state === undefined) return undefined
  return state === 'INACTIVE' ? 'The directory is unlinked in WorkOS' : null
}

/** Writes only what differs: a poll that finds nothing new leaves no trace. Never revives what an event deleted. */
async function applyPolled(
  db: Database,
  { id, fields }: Reported<DirectoryFields>,
  askedAt: Date,
  given: string | null | undefined,
): Promise<void> {
  const stored = await db.prisma.directory.findUnique({ where: { id } })
  const reason = given === undefined ? (stored?.stateReason ?? null) : given
  if (stored !== null) {
    const after = { ...stored, ...fields } as unknown as DirectoryFields
    const { changedFields } = difference(stored as unknown as DirectoryFields, after, directoryFields)
    if (changedFields.length === 0 && stored.stateReason === reason && stored.pollError === null) return
  }
  await inTransaction(db.pool, async (tx) => {
    await lockDirectory(tx, id)
    await applyDirectorySnapshot(tx, snapshotCause(id, askedAt, ulid()), fields)
    await tx.query('update directory set state_reason = $2, poll_error = null where id = $1', [id, reason])
  })
}

const GONE = 'WorkOS no longer knows the directory'
/**
 * How many of those known to be gone are asked for in a round: there may be hundreds, and a list shows those that are
 * back.
 */
const MAX_GONE = 10
/** After this many failures the others wait for the next round, in another order: each takes seconds. */
const MAX_FAILURES = 3

// Directories that are not listed are asked for by id, since a list may have been cut short.
async function askForAbsent(
  options: DirectoryPollOptions,
  stopped: () => boolean,
  listed: ReadonlySet<string>,
  askedAt: Date,
): Promise<void> {
  const { db, snapshot } = options
  const { rows: absent } = await db.pool.query<{ id: string }>(ABSENT, [GONE, [...listed]])
  let failures = 0
  for (const { id } of absent) {
    if (failures === MAX_FAILURES) return
    const result = await apart(options, stopped, id, async () => {
      const found = await snapshot.directory(id)
      if (found === null) await applyPolled(db, { id, fields: { state: 'INACTIVE' } }, askedAt, GONE)
      else await applyPolled(db, found.directory, found.askedAt, reasonOf(found.directory.fields))
    })
    if (result === 'failed') failures += 1
  }
}

const ABSENT = `
  select id from (
    select id, row_number() over (partition by state_reason = $1 order by random()) as n, state_reason = $1 as gone
    from directory where deleted_at is null and id <> all($2::text[])
  ) absent
  where gone is not true or n <= ${MAX_GONE} order by random()`

// Spreads directories over time: each has up to a tenth of the period more, always the same. The outcome of a run that
// was requested before the directory was connected is no reason to wait. A directory to which WorkOS has lost access is
// filled with what it knows of it; after that there is nothing new to compare until it has access again.
async function queueDue({ db, reconcileMs, now, onQueued }: DirectoryPollOptions): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; fills: boolean }>(
    `select id, last_synced_at is null or backfill_due_since is not null as fills from directory d
     where deleted_at is null
       and case when last_synced_at is null or backfill_due_since is not null
                then state in ('ACTIVE', 'VALIDATING', 'INVALID_CREDENTIALS')
                else state = 'ACTIVE' and $2::float8 > 0
                  and last_synced_at + $2::float8 * (1 + abs(hashtext(id) % 1000) / 10000.0) * interval '1 millisecond' <= $1 end
       and not exists (select from sync_run r where r.directory_id = d.id
                       and (r.finished_at is null
                            or not r.dry_run and r.created_at >= coalesce(d.backfill_due_since, r.created_at)
                            and r.finished_at + interval '1 millisecond' *
                            case r.state when 'FAILED' then $3::float8 when 'CANCELLED' then greatest($2, $3) else 0 end > $1))
     order by last_synced_at nulls first limit 100`,
    [now(), reconcileMs, RETRY_MS],
  )
  for (const { id, fills } of rows)
    await requestRun(db.pool, { directoryId: id, kind: fills ? 'BACKFILL' : 'RECONCILE' })
  if (rows.length > 0) onQueued()
}
