import type { Appended } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import type { ChangeSource } from '../directory/changes.ts'
import { isSnapshot, type Version } from '../directory/version.ts'
import { groupFields } from '../directory/objects.ts'
import { versionOf } from '../directory/freshness.ts'
import { applyGroup } from './apply-group.ts'
import { applyUser } from './apply-user.ts'
import { loadMirror, type Wanted } from './load-mirror.ts'
import { endedWith, type Cause, type DirectoryEntry } from './mirror.ts'
import { settleGroup } from './settle-edges.ts'
import { settleAndAppend, writeMirror } from './write-mirror.ts'

/** How many users or groups of a deleted directory are ended in one transaction. */
const ROW_CHUNK = 500

/** Advances the cascade in one directory, which `tx` has locked, by one chunk. Returns what was appended. */
export async function cascade(tx: Tx, directoryId: string): Promise<Appended | null> {
  const wanted: Wanted = { directoryIds: [directoryId], userIds: [], groupIds: [], pairs: [] }
  const directory = (await loadMirror(tx, wanted)).directories.get(directoryId)!
  return directory.cascadeAfter === null ? cascadeGroup(tx, wanted) : cascadeDirectory(tx, wanted, directory)
}

async function cascadeDirectory(tx: Tx, wanted: Wanted, entry: DirectoryEntry): Promise<Appended | null> {
  const { id, cascadeAfter } = entry
  const deletion = entry.deletion! // only a deleted directory has a cascade
  const { rows: reached } = await tx.query<{ id: string; kind: 'user' | 'group' }>({
    name: 'cascade-reach',
    text: REACH,
    values: [id, cascadeAfter, new Date(deletion.at)],
  })
  const ids = (kind: 'user' | 'group') => reached.filter((row) => row.kind === kind).map((row) => row.id)
  const mirror = await loadMirror(tx, {
    ...wanted,
    userIds: ids('user'),
    groupIds: ids('group'),
  })
  const directory = mirror.directories.get(id)!
  directory.cascadeAfter = reached[ROW_CHUNK - 1]?.id ?? null
  directory.changed = true
  const cause = await causeOf(tx, id, deletion)
  for (const user of mirror.users.keys()) applyUser(mirror, cause, user, endedWith(directory).fields)
  for (const group of mirror.groups.keys()) applyGroup(mirror, cause, group, endedWith(directory).fields)
  return writeMirror(tx, mirror)
}

async function cascadeGroup(tx: Tx, wanted: Wanted): Promise<Appended | null> {
  const text = 'select id from directory_group where directory_id = $1 and cascading limit 1'
  const { rows } = await tx.query<{ id: string }>(text, [wanted.directoryIds[0]])
  const mirror = await loadMirror(tx, { ...wanted, groupIds: rows.map((row) => row.id) })
  for (const [id, { known, directoryId }] of mirror.groups) {
    const cause = await causeOf(tx, directoryId, versionOf(known, groupFields, 'deletedAt')!)
    const more = await settleGroup(tx, mirror, id, cause)
    if (!more) await tx.query('update directory_group set cascading = false where id = $1', [id])
  }
  return settleAndAppend(tx, mirror)
}

async function causeOf(tx: Tx, directoryId: string, version: Version): Promise<Cause> {
  if (isSnapshot(version)) return { version, directoryId, source: 'SYNC_RUN' }
  const { rows } = await tx.query<{ source: ChangeSource }>('select source from inbox_event where id = $1', [
    version.id,
  ])
  return { version, directoryId, source: rows[0]?.source ?? 'WEBHOOK' } // the event itself may have been purged
}

// Users and groups in one order of ids, which is PostgreSQL's alone: its collation may differ from JavaScript's.
// Includes tombstones older than the deletion: late facts about them would meet it, so all of them must (law 2).
const REACH = `
  select id, kind
  from (${['user', 'group'].map((kind) => `(${reach(kind)})`).join(' union all ')}) as reached
  order by id limit ${ROW_CHUNK}`

function reach(kind: string): string {
  return `
    select id, '${kind}' as kind from directory_${kind}
    where directory_id = $1 and id > $2 and (deleted_at is null or deleted_at < $3) order by id limit ${ROW_CHUNK}`
}
