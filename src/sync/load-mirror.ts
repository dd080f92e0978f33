import type { LinkKind } from '../accounts/join-accounts.ts'
import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import type { SyncEvent } from '../directory/events.ts'
import type { Known, OverlayEntry } from '../directory/freshness.ts'
import type { DirectoryFields, GroupFields, UserFields } from '../directory/objects.ts'
import type { Version } from '../directory/version.ts'
import { edgeKey, type Mirror } from './mirror.ts'

interface StoredFact {
  fact_at: Date | null
  fact_id: string | null
  overlay: OverlayEntry[] | null
}
type Stored<Fields> = Fields & StoredFact & { id: string; directory_id: string }
type StoredUser = Stored<UserFields> &
  ({ account_id: string; link_kind: LinkKind } | { account_id: null; link_kind: null })
type StoredGroup = Stored<GroupFields> & { members_run_id: string | null }
type StoredDirectory = DirectoryFields &
  StoredFact & {
    id: string
    deletion_at: Date | null
    deletion_id: string | null
    listed_at: Date | null
    listed_id: string | null
    cascade_after: string | null
    last_event_at: Date | null
  }
interface StoredEdge {
  group_id: string
  user_id: string
  directory_id: string
  present: boolean
  visible: boolean
  fact_at: Date
  fact_id: string
}

/** The part of the mirror that a batch needs. */
export interface Wanted {
  readonly directoryIds: readonly string[]
  readonly userIds: readonly string[]
  readonly groupIds: readonly string[]
  readonly pairs: readonly { readonly groupId: string; readonly userId: string }[]
  /** Users who need not be loaded, and whether they live: see read-lives.ts. */
  readonly lives?: ReadonlyMap<string, boolean>
}

export function wantedBy(events: readonly SyncEvent[]): Wanted {
  return {
    directoryIds: [...new Set(events.map((event) => event.directoryId))],
    userIds: [...new Set(events.flatMap((event) => ('user' in event ? [event.user.id] : [])))],
    groupIds: [...new Set(events.flatMap((event) => ('group' in event ? [event.group.id] : [])))],
    pairs: events.flatMap((event) =>
      'user' in event && 'group' in event ? [{ groupId: event.group.id, userId: event.user.id }] : [],
    ),
  }
}

/**
 * Reads what is wanted, in at most four statements that are sent together. The directories must be locked: see
 * db/lock-directories.ts.
 */
export async function loadMirror(tx: Tx, wanted: Wanted): Promise<Mirror> {
  const mirror: Mirror = {
    directories: new Map(),
    users: new Map(),
    lives: wanted.lives ?? new Map(),
    groups: new Map(),
    edges: new Map(),
    flippedUsers: new Map(),
    flippedGroups: new Map(),
    changes: [],
    changedWhileHidden: new Map(),
    untold: false,
  }
  const pairs = [wanted.pairs.map((pair) => pair.groupId), wanted.pairs.map((pair) => pair.userId)]
  const [directories, users, groups, edges] = await together(
    read<StoredDirectory>(tx, 'load-directories', DIRECTORIES, wanted.directoryIds),
    read<StoredUser>(tx, 'load-users', USERS, wanted.userIds),
    read<StoredGroup>(tx, 'load-groups', GROUPS, wanted.groupIds),
    read<StoredEdge>(tx, 'load-edges', EDGES, ...pairs),
  )
  for (const row of directories) {
    const { id, deletion_at, deletion_id, listed_at, listed_id, cascade_after, last_event_at, ...stored } = row
    const rest = {
      deletion: versionOf(deletion_at, deletion_id),
      listed: versionOf(listed_at, listed_id),
      cascadeAfter: cascade_after,
      lastEventAt: last_event_at,
      changed: false,
      rehomed: null,
      wasAnothers: false,
      retyped: null,
      foreignUntil: null,
    }
    mirror.directories.set(id, { id, known: known<DirectoryFields>(stored), ...rest })
  }
  for (const row of users) {
    const { id, directory_id: directoryId, account_id, link_kind, ...stored } = row
    const account = account_id === null ? null : { id: account_id, linkKind: link_kind }
    mirror.users.set(id, { id, directoryId, known: known<UserFields>(stored), changed: false, account, alive: null })
  }
  for (const { id, directory_id: directoryId, members_run_id: membersRunId, ...stored } of groups) {
    mirror.groups.set(id, { id, directoryId, known: known<GroupFields>(stored), changed: false, membersRunId })
  }
  for (const row of edges) {
    const { group_id: groupId, user_id: userId, directory_id: directoryId, present, visible } = row
    const version: Version = { at: row.fact_at.getTime(), id: row.fact_id }
    mirror.edges.set(edgeKey(groupId, userId), {
      groupId,
      userId,
      directoryId,
      present,
      visible,
      version,
      changed: false,
    })
  }
  return mirror
}

async function read<Row extends object>(
  tx: Tx,
  name: string,
  text: string,
  ...values: (readonly string[])[]
): Promise<Row[]> {
  if (values[0]!.length === 0) return []
  return (await tx.query<Row>({ name, text, values })).rows
}

const versionOf = (at: Date | null, id: string | null): Version | null =>
  at === null ? null : { at: at.getTime(), id: id! }

function known<Fields>(row: Fields & StoredFact): Known<Fields> {
  const { fact_at, fact_id, overlay, ...fields } = row
  return { fields: fields as unknown as Fields, whole: versionOf(fact_at, fact_id), overlay: overlay ?? [] }
}

// The arrays are hidden behind sub-selects so that one generic plan is kept; planning each time takes five times as
// long as reading a few rows.
const DIRECTORIES = `
  select id, organization_id as "organizationId", external_key as "externalKey", name, type, state, domains,
         created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt", fact_at, fact_id, overlay,
         deletion_at, deletion_id, listed_at, listed_id, cascade_after, last_event_at
  from directory where id = any(array(select unnest($1::text[])))`

const USERS = `
  select id, directory_id, idp_id as "idpId", email, first_name as "firstName", last_name as "lastName", name, username,
         job_title as "jobTitle", emails, active, custom_attributes as "customAttributes", raw_attributes as "rawAttributes",
         idp_roles as "idpRoles", created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt",
         fact_at, fact_id, overlay, account_id, link_kind
  from directory_user where id = any(array(select unnest($1::text[])))`

const GROUPS = `
  select id, directory_id, idp_id as "idpId", name, raw_attributes as "rawAttributes", created_at as "createdAt",
         updated_at as "updatedAt", deleted_at as "deletedAt", fact_at, fact_id, overlay, members_run_id
  from directory_group where id = any(array(select unnest($1::text[])))`

const EDGES = `
  select group_id, user_id, directory_id, present, visible, fact_at, fact_id
  from membership
  where (group_id, user_id) in (
    select * from unnest(array(select unnest($1::text[])), array(select unnest($2::text[]))))`
