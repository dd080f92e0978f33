import type { Queryable } from '../db/database.ts'

/**
 * Resolves an id or a slug to a role for an account, global or its organization's own; null if it can have none such.
 * If a slug is both, the one granted to it by hand wins, then the one that it has, then the organization's own:
 * querying, granting and revoking by slug thus concern the same role, even if the other one was created later.
 */
export async function roleOfAccount(db: Queryable, accountId: string, name: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    `select r.id from account a
     join role r on r.deleted_at is null and (r.id = $2 or r.slug = $2)
       and (r.organization_id is null or r.organization_id = a.organization_id)
     left join role_grant g on g.account_id = a.id and g.role_id = r.id
     where a.id = $1
     group by r.id
     order by coalesce(bool_or(g.kind = 'DIRECT'), false) desc, coalesce(bool_or(g.visible), false) desc,
              count(g) desc, r.organization_id nulls last
     limit 1`,
    [accountId, name],
  )
  return rows[0]?.id ?? null
}
