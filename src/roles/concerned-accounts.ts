/** Where mappings and their groups are looked up: the tables, or what stands for them in a plan. */
export interface ConcernSources {
  readonly mappings: string
  readonly groups: string
}

/**
 * Selects the accounts for which some mappings ($1: their ids) are, or may become, reasons for roles: those that have
 * such a reason, the members of the groups that they match, and for a mapping by attribute every account in its scope.
 */
export function concernedAccounts({ mappings, groups }: ConcernSources): string {
  return `
  select account_id from role_grant where mapping_id = any($1::text[])
  union
  select u.account_id from ${groups} mg
  join membership m on m.group_id = mg.group_id and m.present join directory_user u on u.id = m.user_id
  where mg.mapping_id = any($1::text[]) and u.account_id is not null
  union
  select u.account_id from ${mappings} x
  join directory_user u on (x.organization_id is null or x.organization_id = u.organization_id)
    and (x.directory_id is null or x.directory_id = u.directory_id)
  where x.id = any($1::text[]) and x.match = 'ATTRIBUTE_EQUALS' and u.account_id is not null`
}

/** By the stored mappings. */
export const CONCERNED = concernedAccounts({ mappings: 'role_mapping', groups: 'role_mapping_group' })
