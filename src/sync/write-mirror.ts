import { readMapped, type Mapped } from '../accounts/concerned-users.ts'
import { settleAccess } from '../accounts/settle-access.ts'
import { appendChanges, type Appended, type ChangeDraft } from '../changes/append.ts'
import { markUntold } from '../changes/mark-untold.ts'
import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { lockMappingsShared } from '../roles/mappings-lock.ts'
import { foreseeGroups } from '../roles/match-groups.ts'
import { joinNewcomers } from './join-newcomers.ts'
import { whyOf, type Mirror } from './mirror.ts'
import { namedGroups } from './named-groups.ts'
import { saveMirror, saveOrganizations } from './save-mirror.ts'
import { settleEdges } from './settle-edges.ts'

/**
 * Writes what a batch changed in memory, and what follows from it: rows, memberships that become visible or hidden,
 * accounts, grants, and the change log, which records all of it in this order (law 4), after the caller's `news`. A
 * constant number of statements, the log's last, and just before it those of `beside`: whatever comes after the log's
 * makes all others wait longer.
 */
export async function writeMirror(
  tx: Tx,
  mirror: Mirror,
  { news, beside }: Pick<AppendOptions, 'news' | 'beside'> = {},
): Promise<Appended | null> {
  await foreseeGroups(tx, await namedGroups(tx, mirror))
  const changes = mirror.changes.length
  const [, mapped, , joined] = await together(
    // Joining may lock rows of accounts, and the mappings must be locked before these: see src/db/advisory-lock.ts.
    lockMappingsShared(tx),
    readMapped(tx, mirror.changes),
    saveOrganizations(tx, mirror),
    joinAndSave(tx, mirror),
  )
  await settleEdges(tx, mirror)
  const isWhole = mirror.changes.length === changes
  return settleAndAppend(tx, mirror, { mapped: isWhole ? mapped : undefined, joined, news, beside })
}

async function joinAndSave(tx: Tx, mirror: Mirror): Promise<ChangeDraft[]> {
  const joined = await joinNewcomers(tx, mirror)
  await saveMirror(tx, mirror)
  return joined
}

interface AppendOptions {
  readonly mapped?: Mapped | undefined
  readonly joined?: readonly ChangeDraft[]
  readonly news?: readonly ChangeDraft[] | undefined
  readonly beside?: (() => Promise<void>) | undefined
}

const nothing = (): Promise<void> => Promise.resolve()

/** The same for a batch whose rows are already written: settles accounts and grants, and appends. */
export async function settleAndAppend(
  tx: Tx,
  mirror: Mirror,
  { mapped, joined = [], news = [], beside = nothing }: AppendOptions = {},
): Promise<Appended | null> {
  const directories = [...mirror.directories.values()]
  const causes = (of: 'rehomed' | 'retyped') =>
    new Map(directories.flatMap((entry) => (entry[of] === null ? [] : [[entry.id, whyOf(entry[of])]])))
  const touched = {
    // A user who joins an account settles it, even if nothing else is reported about them: they may have been seen
    // before.
    drafts: [...joined, ...mirror.changes],
    mapped,
    joined: new Set(joined.flatMap(({ directoryUserId }) => directoryUserId ?? [])),
    changedWhileHidden: new Map(
      [...mirror.changedWhileHidden].map(([userId, cause]) => [userId, { ...whyOf(cause), directoryUserId: userId }]),
    ),
    rehomed: causes('rehomed'),
    retyped: causes('retyped'),
  }
  const settled = await settleAccess(tx, touched)
  const [, appended] = await together(beside(), appendChanges(tx, [...news, ...mirror.changes, ...joined, ...settled]))
  const moved = directories.flatMap(({ id, wasAnothers }) => (wasAnothers ? [id] : []))
  if (moved.length > 0) await tx.query(OWNED_SINCE, [moved])
  if (mirror.untold) await markUntold(tx)
  return appended
}

// After they are appended: the change that reports the move is the last that the former organization may see.
const OWNED_SINCE = `
  update directory set owned_since = (select position from change_clock) where id = any($1::text[])`
