// The change log, replayed from its beginning by somebody who knows nothing else.
import type { Queryable } from '../../src/db/database.ts'

export interface Replayed {
  /** Visible users; their state if the log has recorded it, otherwise null. */
  readonly users: ReadonlyMap<string, 'ACTIVE' | 'INACTIVE' | null>
  readonly groups: ReadonlySet<string>
  readonly memberships: ReadonlySet<string>
  /** Directories whose last recorded change was their deletion. */
  readonly deletedDirectories: ReadonlySet<string>
}

interface Row {
  position: number
  kind: string
  directory_id: string
  user_id: string
  group_id: string
  changed_fields: string[]
  previous: { state?: 'ACTIVE' | 'INACTIVE' } | null
}

/** Throws if a change cannot follow those before it: something created twice, removed without having been there, … */
export async function replay(db: Queryable, directoryIds: readonly string[]): Promise<Replayed> {
  const text = `
    select position::int, kind, directory_id, user_id, group_id, changed_fields, previous
    from change where directory_id = any($1) and account_id is null order by position`
  const { rows } = await db.query<Row>(text, [directoryIds])
  const users = new Map<string, 'ACTIVE' | 'INACTIVE' | null>()
  const groups = new Set<string>()
  const memberships = new Set<string>()
  const deletedDirectories = new Set<string>()
  for (const row of rows) {
    const mustBe = (fits: boolean) => {
      if (!fits) throw new Error(`Cannot follow what was told before: ${JSON.stringify(row)}`)
    }
    const { kind, user_id: user, group_id: group } = row
    const pair = `${group} ${user}`
    const turned = row.changed_fields.includes('state') && row.previous?.state === 'INACTIVE' ? 'ACTIVE' : null
    switch (kind) {
      case 'DIRECTORY_DELETED':
        mustBe(!deletedDirectories.has(row.directory_id))
        deletedDirectories.add(row.directory_id)
        break
      case 'DIRECTORY_ACTIVATED':
        deletedDirectories.delete(row.directory_id)
        break
      case 'DIRECTORY_UPDATED':
      case 'DIRECTORY_DEACTIVATED':
        mustBe(!deletedDirectories.has(row.directory_id))
        break
      case 'DIRECTORY_USER_CREATED':
        mustBe(!users.has(user))
        users.set(user, null)
        break
      case 'DIRECTORY_USER_UPDATED':
        mustBe(users.has(user) && row.changed_fields.length > 0 && !row.changed_fields.includes('state'))
        break
      case 'DIRECTORY_USER_DEACTIVATED':
        mustBe(users.has(user) && users.get(user) !== 'INACTIVE')
        users.set(user, 'INACTIVE')
        break
      case 'DIRECTORY_USER_REACTIVATED':
        mustBe(!users.has(user) || users.get(user) !== 'ACTIVE')
        users.set(user, users.has(user) ? 'ACTIVE' : turned)
        break
      case 'DIRECTORY_USER_DELETED': // even of one that was never seen: then it only leaves a tombstone
        users.delete(user)
        break
      case 'DIRECTORY_GROUP_CREATED':
        mustBe(!groups.has(group))
        groups.add(group)
        break
      case 'DIRECTORY_GROUP_UPDATED':
        mustBe(groups.has(group) && row.changed_fields.length > 0)
        break
      case 'DIRECTORY_GROUP_DELETED':
        groups.delete(group)
        break
      case 'MEMBERSHIP_ADDED':
        mustBe(!memberships.has(pair))
        memberships.add(pair)
        break
      case 'MEMBERSHIP_REMOVED':
        mustBe(memberships.has(pair))
        memberships.delete(pair)
        break
      case 'CHANGES_HELD':
      case 'HELD_CHANGES_APPROVED':
      case 'HELD_CHANGES_REJECTED':
      case 'SYNC_REQUESTED':
      case 'SYNC_CANCELLED':
      case 'GUARD_UPDATED':
        break // these say nothing about the mirror
      default:
        mustBe(false)
    }
  }
  return { users, groups, memberships, deletedDirectories }
}
