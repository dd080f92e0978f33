// The roles that accounts had at a past moment, and their reasons.
import type { Queryable } from '../../db/database.ts'
import type { JsonObject } from '../../directory/objects.ts'
import type { Role } from '../../generated/prisma/client.ts'
import { MOST_GRANTS, type Assignment, type Grant } from './read-grants.ts'

/** A place in the change log, and the moment that it stands for. */
export interface Past {
  readonly position: number
  readonly asOf: Date
}

interface Row extends Role {
  readonly accountId: string
  /** What the role was before each change of it since then, newest first. */
  readonly formerly: readonly JsonObject[]
  readonly grants: readonly (Omit<Grant, 'grantedAt'> & { readonly grantedAt: string })[]
  /** When the log says that the account gained it last; null where the log does not reach back so far. */
  readonly gainedAt: Date | null
}

/**
 * The roles that accounts had at a place of the change log, by slug, each as it was then, in one statement. Which they
 * were the log says exactly; their reasons are those that counted then. `organizationId` is whose roles are seen; null:
 * everybody's. What was when an account was another organization's is that one's affair.
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

// Reasons end a moment before the log tells that the role went with the last of them, and until then it is held.
const LOST = `
  select max(o.until) from turn t join role_grant_past o on o.account_id = t.account_id and o.role_id = t.role_id
  where t.account_id = p.account_id and t.role_id = p.role_id and t.kind = 'ROLE_REVOKED' and o.until <= t.recorded_at`

// Of each role the first change since then tells whether an account had it: who lost it first had had it.
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
               order by granted_at, kind, mapping_id, group_id, directory_user_id limit ${MOST_GRANTS}) as grants,
         (select c.recorded_at from change c
          where c.account_id = h.account_id and c.role_id = r.id and c.kind = 'ROLE_GRANTED' and c.position <= $2
          order by c.position desc limit 1) as "gainedAt"
  from held h join role r on r.id = h.role_id
  where $4::text is null or ((r.organization_id is null or r.organization_id = $4) and not exists (
    select from change c
    where c.account_id = h.account_id and c.position > $2 and c.organization_id is distinct from $4))`
