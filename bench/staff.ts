import type { BenchPostgres } from './postgres.ts'
import { createPeopled, organizationId } from './seed.ts'

/** The AuthKit user of user `n` of the seed. */
export const authkitUserOf = (n: number) => `user_${n}`

/**
 * Creates a peopled database in which each user has an account with an AuthKit user, and a role by a mapping of their
 * groups.
 */
export async function createStaffed(postgres: BenchPostgres): Promise<string> {
  const database = await createPeopled(postgres)
  await postgres.query(database, STAFF)
  await postgres.query(database, 'vacuum (analyze)')
  return database
}

const STAFF = `
  insert into account (id, workos_user_id, organization_id, email, first_name, last_name, state, provisioned, sort_name, sort_email,
                       search_text)
  select replace(id, 'directory_user_', 'account_'), 'user_' || right(id, 20)::int, organization_id, email, first_name, last_name,
         'ACTIVE', true, sort_name, sort_email, search_text
  from directory_user;
  update directory_user set account_id = replace(id, 'directory_user_', 'account_'), link_kind = 'PROVISIONED';
  insert into role (id, slug, name) values ('role_bench', 'member', 'Member');
  insert into role_mapping (id, organization_id, match, value) values ('role_mapping_bench', '${organizationId}', 'NAME_PREFIX', 'Group');
  insert into role_mapping_role values ('role_mapping_bench', 'role_bench');
  insert into role_mapping_group (group_id, mapping_id) select id, 'role_mapping_bench' from directory_group;
  insert into role_grant (account_id, role_id, kind, mapping_id, group_id, directory_user_id, organization_id, visible, granted_at)
  select u.account_id, 'role_bench', 'MAPPING', 'role_mapping_bench', m.group_id, u.id, u.organization_id, true, m.fact_at
  from membership m join directory_user u on u.id = m.user_id;`
