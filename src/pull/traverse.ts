import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { applySnapshot, type Applied, type SnapshotPage } from '../sync/apply-snapshot.ts'
import { edgeKey } from '../sync/mirror.ts'
import { readAhead } from './read-ahead.ts'
import { readGroups, readUsers } from './read-list.ts'
import { readMembers } from './read-members.ts'
import { advance, causeOf, type Progress, type Seen, type SyncRun, type Traversal } from './run-context.ts'
import type { ListedPage } from './listed-page.ts'

/**
 * How many pages are read while others are written: those that wait are written together, and are what a killed process
 * reads twice.
 */
const AHEAD = 5

const LISTS = { GROUPS: readGroups, USERS: readUsers, MEMBERS: readMembers } as const

type List = keyof typeof LISTS

/**
 * Reads one of the three lists from the run's last page to its end, and writes what it holds: page by page if WorkOS is
 * slow, several pages together if it is fast. Returns the run as it is then: in its next phase, cancelled, or as far as
 * it came before it was stopped.
 */
export async function traverse(context: Traversal, run: SyncRun, list: List): Promise<SyncRun> {
  const ahead = readAhead(LISTS[list](context, run), AHEAD)
  try {
    let now = run
    while (now.state === 'RUNNING' && !context.stopped()) {
      const pages = await ahead.next()
      if (pages === null) break
      now = await advance(context, now, (tx) => write(tx, now, context.seen, list, pages))
    }
    return now
  } finally {
    ahead.close()
  }
}

async function write(
  tx: Tx,
  run: SyncRun,
  seen: Seen,
  list: List,
  pages: readonly ListedPage[],
): Promise<Required<Progress>> {
  const page: SnapshotPage = {
    users: pages.flatMap(({ users }) => users),
    groups: pages.flatMap(({ groups }) => groups),
    members: pages.flatMap(({ members }) => members),
  }
  const { appended, add } = await apply(tx, run, seen, page, run.dryRun ? ofList(list, page) : () => true)
  const whole = pages.flatMap(({ wholeGroup }) => wholeGroup ?? [])
  if (whole.length > 0)
    await tx.query('update directory_group set members_run_id = $2 where id = any($1)', [whole, run.id])
  const met = {
    GROUPS: { groupsSeen: page.groups.length },
    USERS: { usersSeen: page.users.length },
    MEMBERS: { membershipsSeen: page.members.length },
  }
  return { appended, add: { ...add, ...met[list] }, set: pages.at(-1)!.position }
}

// What a dry run does with one list is undone by the time it reads the next, which causes the same changes again.
function ofList(list: List, { members }: SnapshotPage): (change: ChangeDraft) => boolean {
  if (list === 'GROUPS') return ({ kind }) => kind.startsWith('DIRECTORY_GROUP_')
  if (list === 'USERS') return ({ kind }) => kind.startsWith('DIRECTORY_USER_')
  const listed = new Set(members.map(({ groupId, user }) => edgeKey(groupId, user.id)))
  return ({ kind, directoryGroupId, directoryUserId }) =>
    kind.startsWith('MEMBERSHIP_') && listed.has(edgeKey(directoryGroupId!, directoryUserId!))
}

async function apply(
  tx: Tx,
  run: SyncRun,
  seen: Seen,
  page: SnapshotPage,
  isCounted: (change: ChangeDraft) => boolean,
): Promise<Required<Pick<Progress, 'add' | 'appended'>>> {
  const { deferred, parts, created, updated, removed, appended } = await applySnapshot(
    tx,
    causeOf(run),
    page,
    isCounted,
  )
  for (const { id } of deferred) seen.deferred.add(id)
  await defer(tx, run, deferred)
  await noteParts(tx, run, parts)
  return { appended, add: { created, updated, removed } }
}

async function defer(tx: Tx, run: SyncRun, deferred: Applied['deferred']): Promise<void> {
  if (deferred.length === 0) return
  const rows = deferred.map(({ id, fields }) => ({ id, body: fields }))
  await tx.query(
    `insert into sync_run_deferral (run_id, user_id, body)
     select $1, r.id, r.body from json_to_recordset($2) as r (id text, body jsonb)
     on conflict (run_id, user_id) do update set body = excluded.body`,
    [run.id, JSON.stringify(rows)],
  )
}

// Those of the directory's earlier runs are no longer needed.
async function noteParts(tx: Tx, run: SyncRun, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `with former as (
       delete from sync_run_part p using sync_run r
       where r.id = p.run_id and r.directory_id = $2 and r.finished_at is not null
     )
     insert into sync_run_part (run_id, object_id) select $1, unnest($3::text[]) on conflict do nothing`,
    [run.id, run.directoryId, ids],
  )
}
