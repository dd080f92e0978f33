// The available exports, as SQL: pages of objects by age, with one or more rows per object.

/** An exportable table. */
export interface Export {
  /** The objects that pages consist of: `x`, with created_at and id. */
  readonly of: string
  /** Which objects; `$1` is the organization, or null for all. */
  readonly where: string
  /** The column names and their expressions. */
  readonly columns: Readonly<Record<string, string>>
  /** The rows for the objects of a page. */
  readonly from: string
  /** The order of rows within an object. */
  readonly order: string
}

const OWN = '($1::text is null or x.organization_id = $1)'
const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const PERSON = {
  directory_user_id: 'x.id',
  email: 'x.email',
  state: 'x.state::text',
  user_id: 'a.external_id',
  account_id: 'a.id',
}

export const EXPORTS = {
  accounts: {
    of: 'account x',
    where: `${OWN} and x.state <> 'DELETED'`,
    columns: {
      user_id: 'x.external_id',
      account_id: 'x.id',
      organization_id: 'x.organization_id',
      workos_user_id: 'x.workos_user_id',
      email: 'x.email',
      email_verified: 'x.email_verified::text',
      first_name: 'x.first_name',
      last_name: 'x.last_name',
      state: 'x.state::text',
      disabled_at: time('x.disabled_at'),
      disabled_by: 'x.disabled_by',
      disabled_reason: 'x.disabled_reason',
      created_at: time('x.created_at'),
      updated_at: time('x.updated_at'),
    },
    from: 'account x',
    order: 'x.id',
  },
  // What importUserLinks accepts: only accounts that the application knows by an id of its own.
  links: {
    of: 'directory_user x',
    where: `${OWN} and x.account_id is not null and x.state <> 'UNSEEN'`,
    columns: { user_id: 'a.external_id', directory_user_id: 'x.id' },
    from: 'directory_user x join account a on a.id = x.account_id and a.external_id is not null',
    order: 'x.id',
  },
  groups: {
    of: 'directory_group x',
    where: `${OWN} and x.state = 'ACTIVE'`,
    columns: {
      group_id: 'x.id',
      directory_id: 'x.directory_id',
      organization_id: 'x.organization_id',
      idp_id: 'x.idp_id',
      name: 'x.name',
      created_at: time('x.created_at'),
      updated_at: time('x.updated_at'),
    },
    from: 'directory_group x',
    order: 'x.id',
  },
  members: {
    of: 'directory_user x',
    where: `${OWN} and x.state in ('ACTIVE', 'INACTIVE')`,
    columns: { group_id: 'g.id', group_name: 'g.name', directory_id: 'g.directory_id', ...PERSON },
    from: `directory_user x join membership m on m.user_id = x.id and m.visible join directory_group g on g.id = m.group_id
           left join account a on a.id = x.account_id`,
    order: 'g.id',
  },
  // A mapping that applies everywhere belongs to every organization, unless it names another organization's directory
  // or group.
  mappings: {
    of: 'role_mapping x',
    where: `($1::text is null or x.organization_id = $1 or (
              x.organization_id is null
              and (x.directory_id is null or exists (select from directory d where d.id = x.directory_id and d.organization_id = $1))
              and (x.match <> 'GROUP_ID' or exists (select from directory_group g where g.id = x.value and g.organization_id = $1))
            ))`,
    columns: {
      mapping_id: 'x.id',
      organization_id: 'x.organization_id',
      directory_id: 'x.directory_id',
      match: 'x.match::text',
      value: 'x.value',
      attribute: 'x.attribute',
      role: 'r.slug',
      created_at: time('x.created_at'),
      updated_at: time('x.updated_at'),
    },
    from: 'role_mapping x join role_mapping_role mr on mr.mapping_id = x.id join role r on r.id = mr.role_id',
    order: 'r.slug, r.id',
  },
  grants: {
    of: 'account x',
    where: `${OWN} and x.state <> 'DELETED'`,
    columns: {
      account_id: 'x.id',
      user_id: 'x.external_id',
      organization_id: 'x.organization_id',
      role: 'r.slug',
      kind: 'g.kind::text',
      mapping_id: 'g.mapping_id',
      group_id: 'g.group_id',
      directory_user_id: 'g.directory_user_id',
      actor: 'g.actor',
      in_force: 'g.visible::text',
      granted_at: time('g.granted_at'),
    },
    // Roles of an organization that the account has left are hidden.
    from: `account x join role_grant g on g.account_id = x.id join role r on r.id = g.role_id
      and (r.organization_id is null or r.organization_id = x.organization_id)`,
    order: 'r.slug, r.id, g.kind, g.mapping_id, g.group_id, g.directory_user_id',
  },
} as const satisfies Record<string, Export>

export type Exported = keyof typeof EXPORTS
