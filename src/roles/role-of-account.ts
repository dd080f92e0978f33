import type { Queryable } from '../db/database.ts'

/**
 * The role that an id or a slug means for an account, null where it can have none such: everybody's, or its
 * organization's own. Where a slug is both, the one that was granted to it by hand, else the one that it has, else the
 * own one: what is said of it, done to it and undone by its slug is of the same role, also when the other one was made
 * after it.
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
