// Roles by the thousand over a seeded directory: each organization has one of its own, and there is one of all.
import type { Database } from '../../src/db/database.ts'

/**
 * role_…, role_mapping_… and role_mapping_plan_… with the number of their organization, and `role_everyone`. Each
 * group's members have their organization's role by its mapping; the plan of the first organization would take it from
 * each of them.
 */
export async function seedAccess({ pool }: Database): Promise<void> {
  await pool.query(`
    insert into role (id, slug, name, organization_id) values ('role_everyone', 'everyone', 'Everyone', null);
    insert into role (id, slug, name, organization_id)
    select replace(id, 'org_', 'role_'), 'member', 'Member', id from organization;
    insert into role_mapping (id, organization_id, match, value)
    select replace(id, 'org_', 'role_mapping_'), id, 'NAME_PREFIX', 'Group' from organization;
    insert into role_mapping_role (mapping_id, role_id) select id, replace(id, 'mapping_', '') from role_mapping;
    insert into role_mapping_group (group_id, mapping_id)
    select id, replace(organization_id, 'org_', 'role_mapping_') from directory_group;
    insert into role_grant (account_id, role_id, kind, mapping_id, group_id, directory_user_id, organization_id, visible, granted_at)
    select u.account_id, mr.role_id, 'MAPPING', mr.mapping_id, m.group_id, u.id, u.organization_id, u.state = 'ACTIVE', m.fact_at
    from membership m
    join directory_user u on u.id = m.user_id
    join role_mapping_group mg on mg.group_id = m.group_id
    join role_mapping_role mr on mr.mapping_id = mg.mapping_id
    where u.account_id is not null;
    insert into role_grant (account_id, role_id, kind, organization_id, actor, visible, granted_at)
    select id, 'role_everyone', 'DIRECT', organization_id, 'seed', state = 'ACTIVE', created_at from account where organization_id = 'org_0000000';
    insert into role_mapping_plan (id, organization_id, changes, findings, hash, accounts, granted, revoked, unchanged, created_by, expires_at)
    select replace(id, 'org_', 'role_mapping_plan_'), id, '[]',
           '{"matches": [], "unmatched": [], "conflicts": [], "losses": [], "emptied": 0}', '', 0, 0, 0, 0, 'seed', '2100-01-01'
    from organization;
    insert into role_mapping_plan_difference (plan_id, account_id, granted, revoked, loses_last, last_holder_of)
    select 'role_mapping_plan_0000000', id, '{}', '{role_0000000}', right(id, 1) in ('0', '1'),
           case when right(id, 1) in ('1', '2') then '{role_0000000}' else '{}' end::text[]
    from account where organization_id = 'org_0000000';
    analyze`)
}
