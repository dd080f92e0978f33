import type { Tx } from '../db/database.ts'
import { LOCKED, lockDirectory, tryLockDirectories } from '../db/lock-directories.ts'
import { together } from '../db/together.ts'
import type { ChangeSource } from '../directory/changes.ts'
import type { Label } from '../directory/removal.ts'
import type { RawEvent } from '../workos/decode.ts'
import type { Turn } from './turns.ts'

export interface ClaimedEvent extends RawEvent, Label {
  readonly source: ChangeSource
  readonly attempts: number
  readonly receivedAt: Date
  /** Whether the guard held it and it was then approved. */
  readonly approved: boolean
  /** Whether it causes patterns to be matched against names. */
  readonly isNaming: boolean
}

/**
 * The most events in one transaction that cause patterns to be matched against names; a directory with such events
 * shares its transaction with no other. How long that takes is up to its organization: others must not wait for it.
 */
const MAX_NAMING = 25
// In terms of columns of inbox_event: whoever joins an unknown group brings its name. Looks up one group at a time:
// `exists` might be evaluated for all groups.
export const IS_NAMING = `(type in ('dsync.activated', 'dsync.group.created', 'dsync.group.updated')
  or type in ('dsync.group.user_added', 'dsync.group.user_removed') and group_id is not null
     and (select true from directory_group g where g.id = group_id limit 1) is null)`

/** The most directories in one transaction: many small ones share its commit. */
export const MAX_DIRECTORIES = 32

/** Which events a transaction claims. */
export type ClaimRequest =
  /** The next due ones of these directories, oldest first, at most `limit` in all. */
  | {
      readonly directoryIds: readonly string[]
      readonly limit: number
      /**
       * Whether they are known to be few and to name no groups: then there is no need to see first what is left for
       * other workers.
       */
      readonly areFew?: boolean
      readonly turn?: Turn | undefined
    }
  /** This one, whether due or not. */
  | { readonly directoryIds: readonly [string]; readonly eventId: string }

interface Claim {
  readonly events: readonly ClaimedEvent[]
  /**
   * Whether all of them are of directories that its first statements locked: whatever was sent right behind those knows
   * them all.
   */
  readonly atOnce: boolean
}

/**
 * Locks directories and reads pending events of those that no other worker has locked. No other gets these until the
 * transaction ends; if it is rolled back or killed, they are as they were.
 */
export async function claimEvents(tx: Tx, request: ClaimRequest): Promise<Claim> {
  if ('eventId' in request) {
    // A request for this one event waits for its directory.
    const [, events] = await together(
      lockDirectory(tx, request.directoryIds[0]),
      read(tx, { name: 'claim-event', text: CLAIM_ONE, values: [request.eventId] }),
    )
    return { events, atOnce: true }
  }
  const { directoryIds, limit } = request
  if (request.areFew === true) {
    // Any event that names a group has come since, and is left to a transaction of its own.
    const { events } = await lockAndRead(tx, directoryIds, { directories: MAX_DIRECTORIES, events: limit, naming: 0 })
    return { events, atOnce: true }
  }
  const { locked, events } = await lockAndRead(tx, directoryIds, { directories: 1, events: limit, naming: MAX_NAMING })
  const [first] = locked
  if (first === undefined) return { events: [], atOnce: true }
  // A full batch takes no other directories, so that other workers get those.
  const others = directoryIds.filter((id) => id !== first)
  const isFull = events.length > limit / 2 || events.some(({ isNaming }) => isNaming)
  if (others.length === 0 || isFull) return { events, atOnce: true }
  const left = { directories: MAX_DIRECTORIES, events: limit - events.length, naming: 0 }
  const more = await lockAndRead(tx, others, left)
  return { events: [...events, ...more.events], atOnce: more.events.length === 0 }
}

interface Most {
  readonly directories: number
  readonly events: number
  /** Of events that cause patterns to be matched against names. */
  readonly naming: number
}

// Two statements, sent together: the second one reads under the locks of the first.
async function lockAndRead(
  tx: Tx,
  ids: readonly string[],
  most: Most,
): Promise<{ locked: string[]; events: ClaimedEvent[] }> {
  const [locked, events] = await together(
    // Otherwise each connection would plan each statement of a batch five times before it keeps a plan, and some of
    // them forever.
    tryLockDirectories(tx, ids, { limit: most.directories, plannedOnce: true }),
    read(tx, { name: 'claim-events', text: CLAIM, values: [most.events, most.naming] }),
  )
  return { locked, events }
}

async function read(tx: Tx, statement: { name: string; text: string; values: unknown[] }): Promise<ClaimedEvent[]> {
  return (await tx.query<ClaimedEvent>(statement)).rows
}

export const IS_DUE = `status = 'PENDING' and (next_attempt_at is null or next_attempt_at <= now())`

const ROW = `
    id, type, directory_id as "directoryId", source, body, attempts, occurred_at as "occurredAt", received_at as "receivedAt",
    user_id as "userId", group_id as "groupId", removal, approved_at is not null as approved, ${IS_NAMING} as "isNaming"`

// Bodies may be large: those that do not fit are left for the next batch. Their length is known without reading them.
const MAX_BYTES = 16 * 1024 * 1024

// A body is half as long when sent as text: the receiver lets only JSON in UTF-8 through to be applied.
const CLAIMED = `
    id, type, "directoryId", source, convert_from(body, 'UTF8') as body, attempts, "occurredAt", "receivedAt",
    "userId", "groupId", removal, approved, "isNaming"`

const CLAIM = `
  select ${CLAIMED}
  from (
    select e.*, sum(octet_length(e.body)) over (order by d.n, e."occurredAt", e.id) - octet_length(e.body) as before,
           count(*) filter (where e."isNaming") over (order by d.n, e."occurredAt", e.id) as naming
    from unnest(${LOCKED}) with ordinality as d (id, n)
    cross join lateral (
      select ${ROW}
      from inbox_event
      where directory_id = d.id and ${IS_DUE}
      order by occurred_at, id
      limit $1
    ) e
    order by d.n, e."occurredAt", e.id
    limit $1
  ) batch
  where before < ${MAX_BYTES} and naming <= $2`

const CLAIM_ONE = `
  select ${CLAIMED}
  from (select ${ROW} from inbox_event where id = $1 and status = 'PENDING') one`
