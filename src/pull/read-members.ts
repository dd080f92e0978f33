import { onlyRow } from '../db/only-row.ts'
import type { Member, Page } from '../workos/snapshot.ts'
import { SnapshotError } from '../workos/snapshot-error.ts'
import { refuseCircle } from './refuse-circle.ts'
import { causeOf, type RunContext, type SyncRun, type Traversal } from './run-context.ts'
import { EMPTY_PAGE, type ListedPage } from './listed-page.ts'

/**
 * Reads the members of each group that the run has seen, in the order of group ids. The run's `groupId` is the group
 * read last or, with a cursor, the one being read. Throws SnapshotError if a list cannot be trusted.
 */
export async function* readMembers(context: Traversal, run: SyncRun): AsyncGenerator<ListedPage, void> {
  let groupId = run.cursor === null ? await nextGroup(context, run, run.groupId ?? '') : run.groupId
  let cursor = run.cursor
  while (groupId !== null) {
    yield* readGroup(context, run, groupId, cursor)
    groupId = await nextGroup(context, run, groupId)
    cursor = null
  }
  yield { ...EMPTY_PAGE, position: { phase: 'REMOVAL', cursor: null, groupId: null } }
}

// WorkOS does not count members. The apparent end of a list that differs from what is known may be a page that was cut
// short, so what follows it is requested. Unchanged lists cost no additional request.
async function* readGroup(
  context: Traversal,
  run: SyncRun,
  groupId: string,
  from: string | null,
): AsyncGenerator<ListedPage, void> {
  const read = (cursor: string | null) => context.snapshot.members(run.directoryId, groupId, cursor)
  // A run that resumes in the middle does not know what was on the previous pages.
  let isAsKnown = from === null
  let listed = 0
  const isSuspect = async (page: Page<Member>) =>
    page.after === null && !(isAsKnown && (await hasAsMany(context, groupId, listed)))
  let cursor = from
  do {
    let page = await read(cursor)
    if (page?.objects.length === 0 && (await isSuspect(page))) page = await read(cursor)
    // Deleted since the list of groups was read: an event will say so, and none of its memberships is taken for gone.
    if (page === null) return yield { ...EMPTY_PAGE, position: { groupId, cursor: null } }
    const { objects } = page
    refuseCircle(context.seen, groupId, page)
    listed += objects.length
    if (await hasStrangers(context, groupId, objects)) isAsKnown = false
    if (run.dryRun) await countMissing(context, run, groupId, { first: cursor === null, objects })
    const last = objects.at(-1)?.id
    cursor = page.after
    if (last !== undefined && (await isSuspect(page)) && ((await read(last))?.objects.length ?? 0) > 0) cursor = last
    const known = context.seen.groups.get(groupId)
    yield {
      users: [],
      groups: known === undefined ? [] : [known],
      members: objects.map((user) => ({ groupId, user })),
      position: { groupId, cursor },
      ...(cursor === null && { wholeGroup: groupId }),
    }
  } while (cursor !== null)
}

/** Whether this many members, all of whom are members here, are all that an earlier list held. */
async function hasAsMany({ db }: RunContext, groupId: string, listed: number): Promise<boolean> {
  const { rows } = await db.pool.query<{ same: boolean }>(
    `select members_run_id is not null
        and (select count(*) from membership m where m.group_id = g.id and m.present) = $2 as same
     from directory_group g where id = $1`,
    [groupId, listed],
  )
  return rows[0]?.same ?? false
}

async function nextGroup({ db, seen }: Traversal, run: SyncRun, after: string): Promise<string | null> {
  if (run.dryRun) return leastAfter(seen.groups.keys(), after)
  const { version } = causeOf(run)
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from directory_group
     where directory_id = $1 and state = 'ACTIVE' and id > $4
       and ((fact_at, fact_id) >= ($2::timestamptz, $3)
            or exists (select from sync_run_part where run_id = $5 and object_id = directory_group.id))
     order by id limit 1`,
    [run.directoryId, new Date(version.at), version.id, after, run.id],
  )
  return rows[0]?.id ?? null
}

function leastAfter(ids: Iterable<string>, after: string): string | null {
  let least: string | null = null
  for (const id of ids) if (id > after && (least === null || id < least)) least = id
  return least
}

/**
 * Whether any user is not yet known to be a member. If WorkOS ignored the filter by group, every user of the directory
 * would seem to be in every group, so it is asked for the groups of one such user. Throws SnapshotError if this group
 * is not among them.
 */
async function hasStrangers(
  { db, snapshot }: RunContext,
  groupId: string,
  members: readonly Member[],
): Promise<boolean> {
  const ids = members.map(({ id }) => id)
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from unnest($2::text[]) as id
     where not exists (select from membership where group_id = $1 and user_id = id and present) limit 1`,
    [groupId, ids],
  )
  if (rows[0] === undefined) return false
  const groups = await snapshot.groupsOf(rows[0].id)
  if (groups !== null && !groups.includes(groupId))
    throw new SnapshotError(`${rows[0].id} is listed as a member of ${groupId}, but that group is not among its groups`)
  return true
}

/** Counts memberships that a dry run did not meet: all of the group's, less those of this page. */
async function countMissing(
  { db, seen }: Traversal,
  run: SyncRun,
  groupId: string,
  { first, objects }: { readonly first: boolean; readonly objects: readonly Member[] },
): Promise<void> {
  const { version } = causeOf(run)
  const older = `visible and (fact_at, fact_id) < ($2::timestamptz, $3)`
  const values = [groupId, new Date(version.at), version.id]
  const text = `
    select (select count(*) from membership where group_id = $1 and ${older}) as all,
           (select count(*) from membership where group_id = $1 and user_id = any($4) and ${older}) as here`
  const counted = await db.pool.query<{ all: number; here: number }>(text, [...values, objects.map(({ id }) => id)])
  const { all, here } = onlyRow(counted)
  seen.missing += (first ? all : 0) - here
}
