// A large group, as the worker would have written it.
import type { Database } from '../../src/db/database.ts'

/** An organization whose users are all members of the group `Everybody`, and every tenth of the group `Few`. */
export async function crowd({ pool }: Database, members: number, name = 'crowd'): Promise<void> {
  const number = `lpad(n::text, 7, '0')`
  await pool.query(`
    insert into organization (id) values ('org_${name}');
    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
    values ('directory_${name}', 'org_${name}', 'Crowd', 'okta scim v2.0', 'ACTIVE', '{}', now(), now());
    insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at, updated_at, sort_name)
    select 'directory_group_${name}_' || lower(name), 'directory_${name}', 'org_${name}', name, name, '{}', 'ACTIVE', now(), now(), lower(name)
    from unnest(array['Everybody', 'Few']) as name;
    insert into account (id, organization_id, state, provisioned)
    select 'account_${name}_' || ${number}, 'org_${name}', 'ACTIVE', true from generate_series(1, ${members}) as n;
    insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes, raw_attributes,
      idp_roles, created_at, updated_at, sort_name, sort_email, search_text, account_id, link_kind)
    select 'directory_user_${name}_' || ${number}, 'directory_${name}', 'org_${name}', n, '[]', 'ACTIVE', true, '{}', '{}', '{}',
      now(), now(), '', '', '', 'account_${name}_' || ${number}, 'PROVISIONED'
    from generate_series(1, ${members}) as n;
    insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
    select 'directory_group_${name}_' || g.name, 'directory_user_${name}_' || ${number}, 'directory_${name}', true, true, now(), 'event'
    from generate_series(1, ${members}) as n cross join (values ('everybody', 1), ('few', 10)) as g (name, share)
    where n % g.share = 0;
    analyze`)
}
