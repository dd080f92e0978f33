import { onlyRow } from '../db/only-row.ts'
import type { Listed, Reported } from '../directory/events.ts'
import type { Page } from '../workos/snapshot.ts'
import { SnapshotError } from '../workos/snapshot-error.ts'
import { refuseCircle } from './refuse-circle.ts'
import { causeOf, type RunContext, type SyncRun, type Traversal } from './run-context.ts'
import { EMPTY_PAGE, type ListedPage } from './listed-page.ts'

/** Reads the list of a directory's groups from the run's cursor on. Throws SnapshotError if it is incomplete. */
export async function* readGroups(context: Traversal, run: SyncRun): AsyncGenerator<ListedPage, void> {
  const read = (cursor: string | null) => context.snapshot.groups(run.directoryId, cursor)
  for await (const { objects, after } of readList(context, run, 'groups', read)) {
    for (const group of objects) if (run.dryRun) context.seen.groups.set(group.id, group)
    const position = after === null ? ({ phase: 'USERS', cursor: null } as const) : { cursor: after }
    yield { ...EMPTY_PAGE, groups: objects, position }
  }
}

/** Reads the list of a directory's users in the same way. */
export async function* readUsers(context: Traversal, run: SyncRun): AsyncGenerator<ListedPage, void> {
  const read = (cursor: string | null) => context.snapshot.users(run.directoryId, cursor)
  for await (const { objects, after } of readList(context, run, 'users', read)) {
    for (const user of objects) if (run.dryRun) context.seen.users.add(user.id)
    const position = after === null ? ({ phase: 'MEMBERS', cursor: null, groupId: '' } as const) : { cursor: after }
    yield { ...EMPTY_PAGE, users: objects, position }
  }
}

async function* readList<Fields>(
  context: Traversal,
  run: SyncRun,
  list: 'users' | 'groups',
  read: (cursor: string | null) => Promise<Page<Listed<Fields>>>,
): AsyncGenerator<Page<Listed<Fields>>, void> {
  let many = list === 'users' ? run.usersSeen : run.groupsSeen
  let cursor = run.cursor
  do {
    const page = await read(cursor)
    refuseCircle(context.seen, list, page)
    many += page.objects.length
    cursor = page.after ?? (await readsOn(page, read))
    if (cursor === null) await refuseShortage(context, run, list, many)
    yield { objects: page.objects, after: cursor }
  } while (cursor !== null)
}

// A page that was cut short looks like the last one, and objects created meanwhile come after it.
async function readsOn(
  { objects }: Page<Reported<object>>,
  read: (cursor: string) => Promise<Page<Reported<object>>>,
): Promise<string | null> {
  const last = objects.at(-1)?.id
  if (last === undefined) return null
  return (await read(last)).objects.length > 0 ? last : null
}

/**
 * An empty or short list is an error, unless WorkOS itself counts no more. Objects that came back while the list was
 * read may be in a part that had already been read: events report them.
 */
async function refuseShortage(
  context: RunContext,
  run: SyncRun,
  list: 'users' | 'groups',
  many: number,
): Promise<void> {
  const { db, snapshot } = context
  const counts = (await snapshot.directory(run.directoryId))?.counts ?? null
  if (counts !== null && many < counts[list]) {
    const { version } = causeOf(run)
    const since = `(fact_at, fact_id) > ($2::timestamptz, $3)`
    const newer = await db.pool.query<{ count: number }>(
      list === 'users'
        ? `select count(*) from directory_user where directory_id = $1 and state in ('ACTIVE', 'INACTIVE') and ${since}`
        : `select count(*) from directory_group where directory_id = $1 and state = 'ACTIVE' and ${since}`,
      [run.directoryId, new Date(version.at), version.id],
    )
    if (many + onlyRow(newer).count < counts[list])
      throw new SnapshotError(`The list of ${list} contained ${many}, but WorkOS counts ${counts[list]}`)
  }
  if (many > 0 || counts !== null) return
  const where = { directoryId: run.directoryId, state: 'ACTIVE' as const }
  const here = await (list === 'users'
    ? db.prisma.directoryUser.count({ where })
    : db.prisma.directoryGroup.count({ where }))
  if (here > 0 && (list === 'users' || (await knowsGroup(context, run.directoryId))))
    throw new SnapshotError(`The list of ${list} is empty, but there are ${here} here`)
}

const ASKED_GROUPS = 20

/**
 * Whether WorkOS, asked by id, knows some of a directory's groups. A directory may have none left, for example because
 * its administrators no longer share any, of which some providers tell nothing; it does have users.
 */
async function knowsGroup({ db, snapshot }: RunContext, directoryId: string): Promise<boolean> {
  const where = { directoryId, state: 'ACTIVE' as const }
  const groups = await db.prisma.directoryGroup.findMany({ where, select: { id: true }, take: ASKED_GROUPS })
  for (const { id } of groups) if (await snapshot.hasGroup(id)) return true
  return false
}
