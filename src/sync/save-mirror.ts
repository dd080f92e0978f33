import { columnOf } from '../db/column-of.ts'
import type { Tx } from '../db/database.ts'
import { onRows, type ColumnType } from '../db/recordset.ts'
import { rowCountOf } from '../db/row-count.ts'
import { together } from '../db/together.ts'
import { foldedNames } from '../directory/folded-names.ts'
import type { Known } from '../directory/freshness.ts'
import type { GroupFields } from '../directory/objects.ts'
import { fold } from '../text/fold.ts'
import { directoryOf, type Edge, type Entry, type Mirror, type UserEntry } from './mirror.ts'
import { groupState, userState } from './states.ts'

/** Writes the organizations that a batch names: other rows may belong to them. */
export async function saveOrganizations(tx: Tx, mirror: Mirror): Promise<void> {
  const named = changedDirectories(mirror).map((entry) => entry.known.fields.organizationId)
  const organizations = new Set(named.filter((id) => id !== null))
  if (organizations.size > 0)
    await tx.query({
      name: 'save-organizations',
      text: ORGANIZATIONS,
      values: [[...organizations].sort()],
    })
}

/**
 * Writes back what a batch changed: one statement per table, however many rows. Their organizations are already
 * written.
 */
export async function saveMirror(tx: Tx, mirror: Mirror): Promise<void> {
  const directories = changedDirectories(mirror)
  const directoryRows = directories.map((entry) => ({
    id: entry.id,
    ...snakeCase(entry.known.fields),
    ...facts(entry.known),
    deletion_at: entry.deletion && new Date(entry.deletion.at),
    deletion_id: entry.deletion?.id ?? null,
    cascade_after: entry.cascadeAfter,
    last_event_at: entry.lastEventAt,
  }))
  const users = [...mirror.users.values()].filter((entry) => entry.changed)
  const groups = [...mirror.groups.values()].filter((entry) => entry.changed)
  const edges = [...mirror.edges.values()].filter((edge) => edge.changed && edge.version !== null)
  const userRows = users.map((entry) => userRow(mirror, entry))
  const groupRows = groups.map((entry) => groupRow(mirror, entry))
  await together(
    save(tx, DIRECTORIES, directoryRows),
    save(tx, USERS, userRows),
    save(tx, GROUPS, groupRows),
    save(tx, EDGES, edges.map(edgeRow)),
  )
  for (const { id, known } of directories.filter((entry) => entry.rehomed !== null)) {
    for (const table of ['directory_user', 'directory_group']) {
      const text = `update ${table} set organization_id = $2 where directory_id = $1 and organization_id is distinct from $2`
      await tx.query(text, [id, known.fields.organizationId])
    }
  }
  for (const { id, foreignUntil } of mirror.directories.values())
    if (foreignUntil !== null) await tx.query(FOREIGN, [id, new Date(foreignUntil)])
}

const FOREIGN = `
  update directory set foreign_until = $2, foreign_noted_at = clock_timestamp()
  where id = $1 and (foreign_until is null or foreign_until < $2)`

const changedDirectories = (mirror: Mirror) => [...mirror.directories.values()].filter((entry) => entry.changed)

// Fewer rows than given: one of them was stored for another directory since this batch looked. Rolled back and applied
// again, the batch sees it.
async function save(tx: Tx, statement: ReturnType<typeof upsert>, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return
  const asked = statement(rows as readonly Record<string, unknown>[])
  const saved = rowCountOf(await tx.query(asked))
  if (saved !== rows.length)
    throw new Error(`${asked.name}: ${rows.length - saved} of ${rows.length} rows belong to another directory`)
}

function userRow(mirror: Mirror, { id, directoryId, known, account }: UserEntry): object {
  return {
    id,
    directory_id: directoryId,
    organization_id: directoryOf(mirror, directoryId).known.fields.organizationId,
    state: userState(known),
    ...snakeCase(known.fields),
    ...facts(known),
    ...foldedNames(known.fields),
    account_id: account?.id ?? null,
    link_kind: account?.linkKind ?? null,
  }
}

function groupRow(mirror: Mirror, { id, directoryId, known }: Entry<GroupFields>): object {
  return {
    id,
    directory_id: directoryId,
    organization_id: directoryOf(mirror, directoryId).known.fields.organizationId,
    state: groupState(known),
    ...snakeCase(known.fields),
    ...facts(known),
    sort_name: fold(known.fields.name, 200),
  }
}

function edgeRow(edge: Edge): object {
  return {
    group_id: edge.groupId,
    user_id: edge.userId,
    directory_id: edge.directoryId,
    present: edge.present,
    visible: edge.visible,
    fact_at: new Date(edge.version!.at),
    fact_id: edge.version!.id,
  }
}

function facts<Fields>({ whole, overlay }: Known<Fields>): object {
  return {
    fact_at: whole && new Date(whole.at),
    fact_id: whole?.id ?? null,
    overlay: overlay.length === 0 ? null : overlay,
  }
}

function snakeCase(fields: object): object {
  const row: Record<string, unknown> = {}
  for (const key in fields) row[columnOf(key)] = fields[key as keyof typeof fields]
  return row
}

const ORGANIZATIONS = `
  insert into organization (id) select * from unnest($1::text[]) on conflict do nothing`

const FACTS = {
  fact_at: 'timestamptz',
  fact_id: 'text',
  overlay: 'jsonb',
} as const
const TIMES = {
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  deleted_at: 'timestamptz',
} as const

const DIRECTORIES = upsert('save-directories', 'directory', ['id'], {
  id: 'text',
  organization_id: 'text',
  external_key: 'text',
  name: 'text',
  type: 'text',
  state: '"DirectoryState"',
  domains: 'text[]',
  ...TIMES,
  ...FACTS,
  deletion_at: 'timestamptz',
  deletion_id: 'text',
  cascade_after: 'text',
  last_event_at: 'timestamptz',
})
const USERS = upsert('save-users', 'directory_user', ['id'], {
  id: 'text',
  directory_id: 'text',
  organization_id: 'text',
  idp_id: 'text',
  email: 'text',
  first_name: 'text',
  last_name: 'text',
  name: 'text',
  username: 'text',
  job_title: 'text',
  emails: 'jsonb',
  state: '"DirectoryUserState"',
  active: 'boolean',
  custom_attributes: 'jsonb',
  raw_attributes: 'jsonb',
  idp_roles: 'text[]',
  ...TIMES,
  ...FACTS,
  sort_name: 'text',
  sort_email: 'text',
  search_text: 'text',
  account_id: 'text',
  link_kind: '"LinkKind"',
})
const GROUPS = upsert('save-groups', 'directory_group', ['id'], {
  id: 'text',
  directory_id: 'text',
  organization_id: 'text',
  idp_id: 'text',
  name: 'text',
  raw_attributes: 'jsonb',
  state: '"DirectoryGroupState"',
  ...TIMES,
  ...FACTS,
  sort_name: 'text',
})
const EDGES = upsert('save-edges', 'membership', ['group_id', 'user_id'], {
  group_id: 'text',
  user_id: 'text',
  directory_id: 'text',
  present: 'boolean',
  visible: 'boolean',
  fact_at: 'timestamptz',
  fact_id: 'text',
})

// A batch decides only once which account a user has; afterwards that changes only by hand, or when another
// organization gets them.
function valueOf(table: string, column: string): string {
  const isDecided = column === 'account_id' || column === 'link_kind'
  return isDecided ? `coalesce(${table}.${column}, excluded.${column})` : `excluded.${column}`
}

// In the order of keys, so that two batches that share an organization's rows wait for each other and do not deadlock.
function upsert(name: string, table: string, key: readonly string[], columns: Readonly<Record<string, ColumnType>>) {
  const all = Object.keys(columns)
  const others = all.filter((column) => !key.includes(column))
  return onRows({
    name,
    columns,
    text: (rows) => `
    insert into ${table} (${all.join(', ')})
    select ${all.join(', ')} from ${rows} order by ${key.map((column) => `${column} collate "C"`).join(', ')}
    on conflict (${key.join(', ')}) do update set ${others.map((column) => `${column} = ${valueOf(table, column)}`).join(', ')}
    ${all.includes('directory_id') ? `where ${table}.directory_id = excluded.directory_id` : ''}`,
  })
}
