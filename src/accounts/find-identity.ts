import type { Queryable } from '../db/database.ts'
import type { DirectoryUserState } from '../directory/changes.ts'
import type { Administrator } from '../operations/administrator.ts'
import { notFound } from '../operations/refusal.ts'

/** A directory user, as far as its account is concerned. */
export interface Identity {
  readonly id: string
  readonly directoryId: string
  readonly organizationId: string | null
  readonly accountId: string | null
  readonly state: Exclude<DirectoryUserState, 'UNSEEN'>
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
}

/** Returns an identity that the caller may see. Throws Refusal if there is none. */
export async function findIdentity(db: Queryable, id: string, by: Administrator): Promise<Identity> {
  const { rows } = await db.query<Identity>({
    name: 'find-identity',
    text: `
      select id, directory_id as "directoryId", organization_id as "organizationId", account_id as "accountId", state, email,
             first_name as "firstName", last_name as "lastName"
      from directory_user where id = $1 and state <> 'UNSEEN' and ($2::text is null or organization_id = $2)`,
    values: [id, by.organizationId],
  })
  if (rows[0] === undefined) throw notFound('directory user', id)
  return rows[0]
}
