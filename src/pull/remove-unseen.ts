// The end of a sync run: what it did not see is removed if the guard allows it, and if WorkOS, asked by id, does not
// know it either.
import { appendChanges } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { UserFields } from '../directory/objects.ts'
import { judgeRun, noteRemoval, tripOf } from '../guard/judge-run.ts'
import { applyRemoval, type SnapshotOutcome } from '../sync/apply-snapshot.ts'
import { sampleUnseen, unseenGroups, unseenMemberships, unseenUsers, type Pair } from '../sync/unseen.ts'
import { SnapshotError } from '../workos/snapshot-error.ts'
import { countRemoval } from './count-removal.ts'
import { advance, causeOf, type RunContext, type SyncRun, type Traversal } from './run-context.ts'

const CHUNK = 500

/** Up to `all` are asked for one by one; of more than that, a sample. */
const SAMPLING = { all: 500, some: 200 }

/** Judges, then removes chunk by chunk. The cursor says what is being removed and which was removed last. */
export async function removeUnseen(context: Traversal, run: SyncRun): Promise<SyncRun> {
  if (run.dryRun) return finishDry(context, run)
  if (run.cursor === null) return judge(context, run)
  const [part, after = ''] = run.cursor.split(' ', 2) as [Part, string?]
  return advance(context, run, async (tx) => {
    const { last, appended, ...tally } = await STEPS[part](tx, run, after)
    if (last !== null) return { appended, add: tally, set: { cursor: `${part} ${last}` } }
    const next = NEXT[part]
    if (next !== null) return { appended, add: tally, set: { cursor: next } }
    const now = context.now()
    const { version } = causeOf(run)
    await tx.query(SYNCED, [run.directoryId, now, run.id, new Date(version.at - LISTS_BEHIND_MS), version.id])
    await tx.query('delete from sync_run_deferral where run_id = $1', [run.id])
    return { appended, add: tally, set: { cursor: null, state: 'SUCCEEDED', finishedAt: now } }
  })
}

// WorkOS does not say how far its lists are behind its events. Who came shortly before the sync run may be in none of
// them, and the event that says so may come later.
const LISTS_BEHIND_MS = 60_000

// If the directory was connected anew after the run was requested, the run may have read the state before that.
const SYNCED = `
  update directory d set last_synced_at = $2, listed_at = $4, listed_id = $5,
    backfill_due_since = case when r.created_at < d.backfill_due_since then d.backfill_due_since end
  from sync_run r where d.id = $1 and r.id = $3`

const NEXT = { deferred: 'users', users: 'groups', groups: 'edges', edges: null } as const

type Part = keyof typeof NEXT

/** The mass-change guard: a run that would offboard too many waits for approval before it removes the first of them. */
async function judge(context: RunContext, run: SyncRun): Promise<SyncRun> {
  // Before the guard, so that no operator is asked to approve what a broken list would do.
  await ask(context, run)
  if (context.stopped()) return run
  return advance(context, run, async (tx) => {
    if (run.approvedBy === null) {
      const going = await countRemoval(tx, run)
      const excess = await judgeRun(tx, run.directoryId, going, context.guard)
      if (excess !== null) {
        const appended = await appendChanges(tx, [await tripOf(tx, run, excess, context.now())])
        return { appended, set: { state: 'AWAITING_APPROVAL', held: going.users + going.memberships } }
      }
      await noteRemoval(tx, run.id, going)
    }
    return { set: { cursor: 'deferred', held: 0 } }
  })
}

/**
 * Asks WorkOS for what its lists did not contain. Throws SnapshotError if it knows any of it: then the lists were
 * incomplete.
 */
async function ask({ db, snapshot, stopped }: RunContext, run: SyncRun): Promise<void> {
  const { users, groups, losers } = await sampleUnseen(db.pool, causeOf(run), SAMPLING)
  const refuse = (what: string): never => {
    throw new SnapshotError(`${what} was not in any list, but WorkOS knows it: the lists were incomplete`)
  }
  for (const id of users) if (!stopped() && (await snapshot.user(run.directoryId, id)) !== null) refuse(id)
  for (const id of groups) if (!stopped() && (await snapshot.hasGroup(id))) refuse(id)
  for (const { userId, groupIds } of losers) {
    const theirs = stopped() ? null : await snapshot.groupsOf(userId)
    const known = groupIds.find((id) => theirs?.includes(id))
    if (known !== undefined) refuse(`The membership of ${userId} in ${known}`)
  }
}

type Step = (tx: Tx, run: SyncRun, after: string) => Promise<SnapshotOutcome & { readonly last: string | null }>

const STEPS: Record<Part, Step> = {
  async deferred(tx, run, after) {
    const { rows } = await tx.query<{ id: string; fields: Deferred }>(
      `select user_id as id, body as fields from sync_run_deferral where run_id = $1 and user_id > $2 order by user_id limit ${CHUNK}`,
      [run.id, after],
    )
    const users = rows.map(({ id, fields }) => ({ id, fields: revive(fields) }))
    return { ...(await applyRemoval(tx, causeOf(run), { users })), last: rows.at(-1)?.id ?? null }
  },
  async users(tx, run, after) {
    const cause = causeOf(run)
    const ids = await unseenUsers(tx, cause, after, CHUNK)
    const users = ids.map((id) => ({ id, fields: { deletedAt: new Date(cause.version.at) } }))
    return { ...(await applyRemoval(tx, cause, { users })), last: ids.at(-1) ?? null }
  },
  async groups(tx, run, after) {
    const groupIds = await unseenGroups(tx, causeOf(run), after, CHUNK)
    return { ...(await applyRemoval(tx, causeOf(run), { groupIds })), last: groupIds.at(-1) ?? null }
  },
  async edges(tx, run, after) {
    const [groupId = '', userId = ''] = after.split('/', 2)
    const pairs: Pair[] = await unseenMemberships(tx, causeOf(run), { groupId, userId }, CHUNK)
    const last = pairs.at(-1)
    const tally = await applyRemoval(tx, causeOf(run), { pairs })
    return { ...tally, last: last === undefined ? null : `${last.groupId}/${last.userId}` }
  },
}

type Deferred = Partial<Omit<UserFields, 'createdAt' | 'updatedAt'> & { createdAt: string; updatedAt: string }>

function revive({ createdAt, updatedAt, ...fields }: Deferred): Partial<UserFields> {
  return {
    ...fields,
    ...(createdAt !== undefined && { createdAt: new Date(createdAt) }),
    ...(updatedAt !== undefined && { updatedAt: new Date(updatedAt) }),
    deletedAt: null,
  }
}

/** Counts what a real run would do at its end. */
async function finishDry(context: Traversal, run: SyncRun): Promise<SyncRun> {
  const { db, now, seen } = context
  const { version, directoryId } = causeOf(run)
  const older = '(fact_at is null or (fact_at, fact_id) < ($2::timestamptz, $3))'
  const values = [directoryId, new Date(version.at), version.id]
  const counted = await db.pool.query<{ users: number; groups: number; memberships: number }>(
    `with gone as (
       select id from directory_group where directory_id = $1 and state = 'ACTIVE' and ${older} and id <> all($5::text[])
     )
     select (select count(*) from directory_user
             where directory_id = $1 and state in ('ACTIVE', 'INACTIVE') and ${older} and id <> all($4::text[])) as users,
            (select count(*) from gone) as groups,
            (select count(*) from membership where visible and group_id in (select id from gone)) as memberships`,
    [...values, [...seen.users], [...seen.groups.keys()]],
  )
  const { users, groups, memberships } = onlyRow(counted)
  return advance(context, run, async () => ({
    add: { updated: seen.deferred.size, removed: users + groups + memberships + seen.missing },
    set: { cursor: null, state: 'SUCCEEDED', finishedAt: now() },
  }))
}
