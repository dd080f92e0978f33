import type { StoredChange } from '../changes/read.ts'
import type { Queryable } from '../db/database.ts'

/** A user's current fields, as far as messages include them. */
export interface PresentUser {
  readonly id: string
  /** The account that they belong to. */
  readonly userId: string | null
  readonly idpId: string
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly name: string | null
  readonly username: string | null
  readonly state: string
}

export interface PresentGroup {
  readonly id: string
  readonly idpId: string
  readonly name: string
}

interface PresentSubjects {
  readonly users: ReadonlyMap<string, PresentUser>
  readonly groups: ReadonlyMap<string, PresentGroup>
}

/**
 * Returns the current users and groups that changes are about. With an organization, only those that are its own now: a
 * directory may have moved to another one since the change (law 8).
 */
export async function readSubjects(
  db: Queryable,
  changes: readonly Pick<StoredChange, 'directoryUserId' | 'directoryGroupId'>[],
  organizationId: string | null,
): Promise<PresentSubjects> {
  const read = async <Row extends { id: string }>(text: string, ids: (string | null)[]) => {
    const wanted = [...new Set(ids.filter((id) => id !== null))]
    if (wanted.length === 0) return new Map<string, Row>()
    const { rows } = await db.query<Row>(text, [wanted, organizationId])
    return new Map(rows.map((row) => [row.id, row]))
  }
  return {
    users: await read<PresentUser>(
      USERS,
      changes.map(({ directoryUserId }) => directoryUserId),
    ),
    groups: await read<PresentGroup>(
      GROUPS,
      changes.map(({ directoryGroupId }) => directoryGroupId),
    ),
  }
}

const THESE = `id = any($1::text[]) and state <> 'UNSEEN' and ($2::text is null or organization_id = $2)`

const USERS = `
  select id, account_id as "userId", idp_id as "idpId", email, first_name as "firstName", last_name as "lastName", name, username, state
  from directory_user where ${THESE}`

const GROUPS = `select id, idp_id as "idpId", name from directory_group where ${THESE}`
