// What the database holds of some directories, in the shape of the oracle's answer.
import type { Queryable } from '../../src/db/database.ts'
import type { Wire } from './history.ts'
import type { Expected } from './oracle.ts'

/** Returns everything that readers can see, and the fields that later readers will. */
export async function rowsOf(db: Queryable, directoryIds: readonly string[]): Promise<Expected> {
  const read = async (text: string) => (await db.query<{ id: string } & Wire>(text, [directoryIds])).rows
  const table = async (text: string) =>
    Object.fromEntries((await read(text)).map(({ id, ...row }) => [id, JSON.parse(JSON.stringify(row)) as Wire]))
  return {
    directories: await table(DIRECTORIES),
    users: await table(USERS),
    groups: await table(GROUPS),
    memberships: (await read(MEMBERSHIPS)).map(({ id }) => id).sort(),
  }
}

const DIRECTORIES = `
  select id, organization_id as "organizationId", external_key as "externalKey", name, type, state, domains,
         created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt", last_event_at as "lastEventAt"
  from directory where id = any($1)`
const USERS = `
  select id, organization_id as "organizationId", idp_id as "idpId", email, first_name as "firstName",
         last_name as "lastName", name, username, job_title as "jobTitle", emails, state, active,
         custom_attributes as "customAttributes", raw_attributes as "rawAttributes", idp_roles as "idpRoles",
         created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt"
  from directory_user where directory_id = any($1) and state <> 'UNSEEN'`
const GROUPS = `
  select id, organization_id as "organizationId", idp_id as "idpId", name, state, raw_attributes as "rawAttributes",
         created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt"
  from directory_group where directory_id = any($1) and state <> 'UNSEEN'`
const MEMBERSHIPS = `
  select group_id || ' ' || user_id as id from membership where directory_id = any($1) and visible`
