import type { Queryable } from '../../db/database.ts'
import type { DirectoryUserState } from '../../directory/changes.ts'
import type { JsonObject } from '../../directory/objects.ts'
import type { DirectoryUser as Model } from '../../generated/prisma/client.ts'

interface Told {
  readonly userId: string
  readonly kind: string
  readonly previous: JsonObject | null
  /**
   * For a deletion: their state and fields before it. For anything else, under `nullAttributes`: which attributes were
   * null. Changes to a tombstone are not recorded.
   */
  readonly detail: { readonly was?: Exclude<DirectoryUserState, 'DELETED'>; readonly former?: JsonObject } | null
}

/**
 * Returns users as they were at a change log position, in the order given, by undoing later changes, newest first. Raw
 * attributes and WorkOS's timestamps, which the log does not record, keep their current values. Takes one statement.
 */
export async function rewindUsers<User extends Model>(
  db: Queryable,
  users: readonly User[],
  position: number,
): Promise<User[]> {
  if (users.length === 0) return []
  const { rows } = await db.query<Told>({
    name: 'rewind-users',
    text: `
      select user_id as "userId", kind, previous, detail from change
      where user_id = any($1::text[]) and position > $2 and kind::text like 'DIRECTORY_USER_%'
      order by position desc`,
    values: [users.map(({ id }) => id), position],
  })
  const told = Map.groupBy(rows, ({ userId }) => userId)
  return users.map((user) => (told.get(user.id) ?? []).reduce(undo, user))
}

function undo<User extends Model>(user: User, { kind, previous, detail }: Told): User {
  if (kind === 'DIRECTORY_USER_DELETED') {
    const state = detail?.was ?? (user.active ? 'ACTIVE' : 'INACTIVE')
    return { ...user, ...detail?.former, state, deletedAt: null }
  }
  const { state, customAttributes, attributes: _derived, ...fields } = previous ?? {}
  const former = { ...user, ...fields }
  if (customAttributes != null)
    former.customAttributes = undoAttributes(
      user.customAttributes as JsonObject,
      customAttributes as JsonObject,
      new Set(detail?.former?.nullAttributes as string[] | undefined),
    )
  if (typeof state === 'string') former.state = state as Model['state']
  return former
}

/** An attribute of which `before` says null was absent, unless it is one of `nulls`. */
function undoAttributes(now: JsonObject, before: JsonObject, nulls: ReadonlySet<string>): JsonObject {
  // A copy by spreading keeps a key `__proto__`, as fromEntries does.
  const all = Object.entries({ ...now, ...before })
  return Object.fromEntries(
    all.filter(([name, value]) => value !== null || !Object.hasOwn(before, name) || nulls.has(name)),
  )
}
