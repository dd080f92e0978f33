import type { Queryable } from '../../db/database.ts'
import type { Role } from '../../generated/prisma/client.ts'
import type { GrantKind } from '../../generated/prisma/enums.ts'

/** One reason for a role. Null fields do not apply to the kind. */
export interface Grant {
  readonly kind: GrantKind
  readonly mappingId: string | null
  readonly groupId: string | null
  readonly directoryUserId: string | null
  readonly actor: string | null
  readonly grantedAt: Date
}

/** A role of an account, with the reasons for it, oldest first. */
export interface Assignment {
  readonly accountId: string
  readonly roleId: string
  /** The role as it was at the requested moment; null for the current one. */
  readonly role: Role | null
  /** Whether the account has it now. */
  readonly effective: boolean
  /** When the oldest of its reasons began. */
  readonly grantedAt: Date
  readonly grants: readonly Grant[]
}

interface Row extends Grant {
  readonly accountId: string
  readonly roleId: string
  readonly visible: boolean
}

/** At most this many reasons are shown per role of an account. */
export const MAX_GRANTS = 100

/**
 * Reads the roles of accounts, in one statement, by slug; with `hidden`, also those that count only once the account or
 * one of its identities is active again.
 */
export async function readGrants(db: Queryable, accountIds: readonly string[], hidden = false): Promise<Assignment[]> {
  const { rows } = await db.query<Row>({ name: 'read-grants', text: GRANTS, values: [accountIds, hidden] })
  const byRole = Map.groupBy(rows, ({ accountId, roleId }) => `${accountId} ${roleId}`)
  return [...byRole.values()].map((grants) => {
    const { accountId, roleId, grantedAt } = grants[0]!
    return { accountId, roleId, role: null, grantedAt, effective: grants.some(({ visible }) => visible), grants }
  })
}

const GRANTS = `
  select account_id as "accountId", role_id as "roleId", kind, nullif(mapping_id, '') as "mappingId",
         nullif(group_id, '') as "groupId", nullif(directory_user_id, '') as "directoryUserId", actor,
         granted_at as "grantedAt", visible
  from (
    select g.*, r.slug, row_number() over (
      partition by g.account_id, g.role_id
      order by g.visible desc, g.granted_at, g.kind, g.mapping_id, g.group_id, g.directory_user_id
    ) as place
    from role_grant g join role r on r.id = g.role_id and r.deleted_at is null
    where g.account_id = any($1::text[]) and (g.visible or $2)
  ) placed
  where place <= ${MAX_GRANTS} order by account_id, slug, role_id, place`
