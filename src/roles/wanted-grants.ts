/**
 * Where mappings are looked up: the tables, or what stands for them in a plan. Each may be a table or a query in
 * parentheses.
 */
export interface MappingSources {
  /** Pairs of `group_id` and `mapping_id`. */
  readonly groups: string
  /** Pairs of `mapping_id` and `role_id`. */
  readonly roles: string
}

export const STORED: MappingSources = { groups: 'role_mapping_group', roles: 'role_mapping_role' }

/** What distinguishes reasons: the key of role_grant. */
export const KEY = 'account_id, role_id, kind, mapping_id, group_id, directory_user_id'

/**
 * Selects the reasons that accounts ($1) have for roles, from their memberships, attributes ($2: AttributeMatch) and
 * identities, and from grants by hand. One row each, `visible` if it counts now.
 */
export function wantedGrants({ groups, roles }: MappingSources): string {
  return `
  with identity as materialized (
    select u.id, u.account_id, a.organization_id, u.organization_id as told_in, u.idp_roles,
           u.state = 'ACTIVE' and a.state = 'ACTIVE' as in_force
    from account a join directory_user u on u.account_id = a.id where a.id = any($1::text[])
  )
  select distinct on (${KEY}) * from (
    -- A membership hidden only because its user was deleted is still a reason: present, not visible.
    select i.account_id, mr.role_id, 'MAPPING'::"GrantKind" as kind, mr.mapping_id, m.group_id, i.id as directory_user_id,
           i.organization_id, i.in_force as visible
    from identity i
    -- Looked up per identity, which is in few groups: otherwise all groups, or all members of a mapped one, might be
    -- scanned.
    cross join lateral (
      select group_id from membership
      where user_id = i.id and present and (select g.state = 'ACTIVE' from directory_group g where g.id = membership.group_id)
      offset 0
    ) m
    cross join lateral (select mapping_id from ${groups} g where g.group_id = m.group_id offset 0) mg
    join ${roles} mr on mr.mapping_id = mg.mapping_id
    union all
    select i.account_id, mr.role_id, 'MAPPING', mr.mapping_id, '', i.id, i.organization_id, i.in_force
    from json_to_recordset($2) as x (mapping_id text, user_id text)
    join identity i on i.id = x.user_id
    join ${roles} mr on mr.mapping_id = x.mapping_id
    union all
    select i.account_id, r.id, 'IDP', '', '', i.id, i.organization_id, i.in_force
    from identity i
    cross join unnest(i.idp_roles) as told (slug)
    join role r on r.slug = told.slug and r.deleted_at is null and (r.organization_id is null or r.organization_id = i.told_in)
    union all
    -- A role of an organization that the account has left does not count.
    select d.account_id, d.role_id, 'DIRECT', '', '', '', a.organization_id,
           a.state = 'ACTIVE' and (r.organization_id is null or r.organization_id = a.organization_id) is true
    from role_grant d join account a on a.id = d.account_id join role r on r.id = d.role_id and r.deleted_at is null
    where d.account_id = any($1::text[]) and d.kind = 'DIRECT' and not d.taken_back
  ) reasons order by ${KEY}`
}
