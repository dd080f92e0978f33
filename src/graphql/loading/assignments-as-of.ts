// The roles that accounts had at a past moment, and their reasons.
import type { Queryable } from '../../db/database.ts'
import type { JsonObject } from '../../directory/objects.ts'
import type { Role } from '../../generated/prisma/client.ts'
import { MAX_GRANTS, type Assignment, type Grant } from './read-grants.ts'

/** A position in the change log, and its moment. */
export interface Past {
  readonly position: number
  readonly asOf: Date
}

interface Row extends Role {
  readonly accountId: string
  /** The role's previous values for each change since then, newest first. */
  readonly formerly: readonly JsonObject[]
  readonly grants: readonly (Omit<Grant, 'grantedAt'> & { readonly grantedAt: string })[]
  /** When the account last gained it, according to the log; null if the log does not reach back that far. */
  readonly gainedAt: Date | null
}

/**
 * Reads the roles that accounts had at a change log position, by slug, each as it was then, in one statement. The log
 * determines exactly which roles they had; the grants are those that counted then. `organizationId` restricts the
 * visible roles; null shows all. Assignments from a time when the account belonged to another organization are hidden.
 */
export async function readAssignmentsAsOf(
  db: Queryable,
  accountIds: readonly string[],
  { position, asOf }: Past,
  organizationId: string | null,
): Promise<Assignment[]> {
  const { rows } = await db.query<Row>({
    name: 'assignments-as-of',
    text: HELD,
    values: [accountIds, position, asOf, organizationId],
  })
  return rows
    .map(({ accountId, formerly, grants, gainedAt, ...role }) => {
      const known = grants.map(({ grantedAt, ...grant }) => ({ ...grant, grantedAt: new Date(grantedAt) }))
      const then = formerly.reduce<Role>((after, before) => ({ ...after, ...before }), role)
      const grantedAt = known[0]?.grantedAt ?? gainedAt ?? asOf
      return { accountId, roleId: role.id, role: then, grantedAt, effective: true, grants: known }
    })
    .sort((a, b) => (a.role.slug < b.role.slug ? -1 : 1))
}

const REASON = 'account_id, role_id, kind, mapping_id, group_id, directory_user_id, actor, granted_at'

// The last reason ends a moment before the log records the loss of the role, and until then the role is held.
const LOST = `
  select max(o.until) from turn t join role_grant_past o on o.account_id = t.account_id and o.role_id = t.role_id
  where t.account_id = p.account_id and t.role_id = p.role_id and t.kind = 'ROLE_REVOKED' and o.until <= t.recorded_at`

// For each role, the first change since then tells whether the account had it: if it is a loss, the account did.
const HELD = `
  with turn as (
    select distinct on (account_id, role_id) account_id, role_id, kind, recorded_at from change
    where account_id = any($1::text[]) and position > $2 and kind in ('ROLE_GRANTED', 'ROLE_REVOKED')
    order by account_id, role_id, position
  ),
  held as (
    select account_id, role_id from turn where kind = 'ROLE_REVOKED'
    union
    select g.account_id, g.role_id from role_grant g
    where g.account_id = any($1::text[]) and g.visible
      and not exists (select from turn t where t.account_id = g.account_id and t.role_id = g.role_id)
  ),
  reason as (
    select ${REASON} from role_grant
    where account_id = any($1::text[]) and visible and coalesce(shown_at, granted_at) <= $3
    union all
    select ${REASON} from role_grant_past p
    where account_id = any($1::text[]) and since <= $3 and (until > $3 or until = (${LOST}))
  )
  select h.account_id as "accountId",
         r.id, r.slug, r.name, r.description, r.organization_id as "organizationId", r.protected, r.created_at as "createdAt",
         r.updated_at as "updatedAt", r.deleted_at as "deletedAt",
         array(select c.previous from change c
               where c.role_id = r.id and c.position > $2 and c.kind = 'ROLE_UPDATED' and c.previous is not null
               order by c.position desc) as formerly,
         array(select jsonb_build_object(
                 'kind', kind, 'mappingId', nullif(mapping_id, ''), 'groupId', nullif(group_id, ''),
                 'directoryUserId', nullif(directory_user_id, ''), 'actor', actor, 'grantedAt', granted_at)
               from reason where account_id = h.account_id and role_id = h.role_id
               order by granted_at, kind, mapping_id, group_id, directory_user_id limit ${MAX_GRANTS}) as grants,
         (select c.recorded_at from change c
          where c.account_id = h.account_id and c.role_id = r.id and c.kind = 'ROLE_GRANTED' and c.position <= $2
          order by c.position desc limit 1) as "gainedAt"
  from held h join role r on r.id = h.role_id
  where $4::text is null or ((r.organization_id is null or r.organization_id = $4) and not exists (
    select from change c
    where c.account_id = h.account_id and c.position > $2 and c.organization_id is distinct from $4))`
