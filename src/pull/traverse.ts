// The three lists of a traversal, page by page: groups, users, then the members of each group.
import type { Tx } from '../db/database.ts'
import type { Told } from '../directory/events.ts'
import { applySnapshot, type SnapshotPage } from '../sync/apply-snapshot.ts'
import { SnapshotError, type Page } from '../workos/snapshot.ts'
import { advance, causeOf, type Progress, type RunContext, type Seen, type SyncRun } from './run-context.ts'

/** Reads one page of groups. */
export async function traverseGroups(context: RunContext, run: SyncRun, seen: Seen): Promise<SyncRun> {
  const { objects, after } = await readPage(context, run, seen, 'groups', (cursor) =>
    context.snapshot.groups(run.directoryId, cursor),
  )
  for (const group of objects) if (run.dryRun) seen.groups.set(group.id, group)
  return advance(context, run, async (tx) => {
    const { appended, add } = await apply(
      tx,
      run,
      seen,
      { users: [], groups: objects, membersOf: null },
      /^DIRECTORY_GROUP_/,
    )
    return {
      appended,
      add: { ...add, groupsSeen: objects.length },
      set: after === null ? { phase: 'USERS', cursor: null } : { cursor: after },
    }
  })
}

/** Reads one page of users. */
export async function traverseUsers(context: RunContext, run: SyncRun, seen: Seen): Promise<SyncRun> {
  const { objects, after } = await readPage(context, run, seen, 'users', (cursor) =>
    context.snapshot.users(run.directoryId, cursor),
  )
  for (const user of objects) if (run.dryRun) seen.users.add(user.id)
  return advance(context, run, async (tx) => {
    const { appended, add } = await apply(
      tx,
      run,
      seen,
      { users: objects, groups: [], membersOf: null },
      /^DIRECTORY_USER_/,
    )
    return {
      appended,
      add: { ...add, usersSeen: objects.length },
      set: after === null ? { phase: 'MEMBERS', cursor: null, groupId: '' } : { cursor: after },
    }
  })
}

/**
 * Reads one page of a group's members. `groupId` is the group that was read last, or, with a cursor, the one that is
 * being read.
 */
export async function traverseMembers(context: RunContext, run: SyncRun, seen: Seen): Promise<SyncRun> {
  const groupId = run.cursor === null ? await nextGroup(context, run, seen) : run.groupId
  if (groupId === null)
    return advance(context, run, async () => ({ set: { phase: 'REMOVAL', cursor: null, groupId: null } }))
  const page = await context.snapshot.members(run.directoryId, groupId, run.cursor)
  // Deleted since its list was read: an event will say so, and no membership of it is taken for gone.
  if (page === null) return advance(context, run, async () => ({ set: { groupId, cursor: null } }))
  const { objects, after } = page
  refuseCircle(seen, groupId, page)
  await refuseStrangers(context, groupId, objects)
  if (run.dryRun) await countMissing(context, run, seen, groupId, page)
  const known = seen.groups.get(groupId)
  return advance(context, run, async (tx) => {
    const groups = known === undefined ? [] : [known]
    const { appended, add } = await apply(tx, run, seen, { users: objects, groups, membersOf: groupId }, /^MEMBERSHIP_/)
    if (after === null)
      await tx.query('update directory_group set members_run_id = $2 where id = $1', [groupId, run.id])
    return { appended, add: { ...add, membershipsSeen: objects.length }, set: { groupId, cursor: after } }
  })
}

/** A page of a list from the run's cursor on. What looks like the end is asked for once more. */
async function readPage<Fields>(
  context: RunContext,
  run: SyncRun,
  seen: Seen,
  list: 'users' | 'groups',
  read: (cursor: string | null) => Promise<Page<Fields>>,
): Promise<Page<Fields>> {
  const page = await read(run.cursor)
  refuseCircle(seen, list, page)
  const last = page.objects.at(-1)?.id
  const many = (list === 'users' ? run.usersSeen : run.groupsSeen) + page.objects.length
  if (page.after !== null) return page
  // A page that was cut short looks like the last one, and whoever came meanwhile stands behind it.
  if (last !== undefined) {
    const rest = await read(last)
    if (rest.objects.length > 0) return { objects: page.objects, after: last }
  }
  await refuseShortage(context, run, list, many)
  return page
}

// Pages that lead back to one another would be read for ever, and pages that overlap nearly so.
function refuseCircle(seen: Seen, list: string, { objects, after }: Page<object>): void {
  const again = seen.page.list === list && objects.some(({ id }) => seen.page.ids.has(id))
  if (again || (after !== null && seen.cursors.has(`${list} ${after}`)))
    throw new SnapshotError(`The pages of ${list} lead in a circle`)
  seen.page = { list, ids: new Set(objects.map(({ id }) => id)) }
  if (after !== null) seen.cursors.add(`${list} ${after}`)
}

/** An empty or short list is an error, unless WorkOS itself counts no more. */
async function refuseShortage(
  { db, snapshot }: RunContext,
  run: SyncRun,
  list: 'users' | 'groups',
  many: number,
): Promise<void> {
  const counts = (await snapshot.directory(run.directoryId))?.counts ?? null
  if (counts !== null && many < counts[list])
    throw new SnapshotError(`The list of ${list} held ${many}, and WorkOS counts ${counts[list]}`)
  if (many > 0 || counts !== null) return
  const where = { directoryId: run.directoryId, state: 'ACTIVE' as const }
  const here =
    list === 'users' ? await db.prisma.directoryUser.count({ where }) : await db.prisma.directoryGroup.count({ where })
  if (here > 0) throw new SnapshotError(`The list of ${list} is empty, and here are ${here}`)
}

async function apply(
  tx: Tx,
  run: SyncRun,
  seen: Seen,
  page: SnapshotPage,
  counted: RegExp,
): Promise<Required<Pick<Progress, 'add' | 'appended'>>> {
  const { deferred, created, updated, removed, appended } = await applySnapshot(
    tx,
    causeOf(run),
    page,
    run.dryRun ? counted : /./,
  )
  const news = deferred.filter((id) => !seen.deferred.has(id))
  for (const id of news) seen.deferred.add(id)
  await defer(tx, run, page, deferred)
  const listed = page.membersOf === null ? page.users.length + page.groups.length : page.users.length
  const unchanged = Math.max(0, listed - created - updated - deferred.length)
  return { appended, add: { created, updated, removed, unchanged } }
}

async function defer(tx: Tx, run: SyncRun, page: SnapshotPage, deferred: readonly string[]): Promise<void> {
  if (deferred.length === 0) return
  const rows = page.users.filter(({ id }) => deferred.includes(id)).map(({ id, fields }) => ({ id, body: fields }))
  await tx.query(
    `insert into sync_run_deferral (run_id, user_id, body)
     select $1, r.id, r.body from json_to_recordset($2) as r (id text, body jsonb)
     on conflict (run_id, user_id) do update set body = excluded.body`,
    [run.id, JSON.stringify(rows)],
  )
}

async function nextGroup({ db }: RunContext, run: SyncRun, seen: Seen): Promise<string | null> {
  const after = run.groupId ?? ''
  if (run.dryRun) return [...seen.groups.keys()].sort().find((id) => id > after) ?? null
  const { version } = causeOf(run)
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from directory_group
     where directory_id = $1 and state = 'ACTIVE' and (fact_at, fact_id) >= ($2::timestamptz, $3) and id > $4
     order by id limit 1`,
    [run.directoryId, new Date(version.at), version.id, after],
  )
  return rows[0]?.id ?? null
}

// Were the filter by group not obeyed, everybody of the directory would seem to be in every group.
async function refuseStrangers(
  { db, snapshot }: RunContext,
  groupId: string,
  users: readonly Told<object>[],
): Promise<void> {
  const ids = users.map(({ id }) => id)
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from unnest($2::text[]) as id
     where not exists (select from membership where group_id = $1 and user_id = id and present) limit 1`,
    [groupId, ids],
  )
  if (rows[0] === undefined) return
  const groups = await snapshot.groupsOf(rows[0].id)
  if (groups !== null && !groups.includes(groupId))
    throw new SnapshotError(`${rows[0].id} is listed as a member of ${groupId}, and that group is not among its groups`)
}

/** Memberships that a dry run did not meet: all of the group's, less those of this page. */
async function countMissing(
  { db }: RunContext,
  run: SyncRun,
  seen: Seen,
  groupId: string,
  { objects }: Page<object>,
): Promise<void> {
  const { version } = causeOf(run)
  const older = `visible and (fact_at, fact_id) < ($2::timestamptz, $3)`
  const values = [groupId, new Date(version.at), version.id]
  const first = run.cursor === null
  const text = `
    select (select count(*) from membership where group_id = $1 and ${older}) as all,
           (select count(*) from membership where group_id = $1 and user_id = any($4) and ${older}) as here`
  const { rows } = await db.pool.query<{ all: number; here: number }>(text, [...values, objects.map(({ id }) => id)])
  seen.missing += (first ? rows[0]!.all : 0) - rows[0]!.here
}
