// Small random customers, written as the worker would have written them.
import fc from 'fast-check'
import type { Queryable } from '../../src/db/database.ts'

export const directoryIds = ['directory_a1', 'directory_a2', 'directory_b']
const owners = ['org_a', 'org_a', 'org_b']
const names = ['Developers', 'Platform', 'Ops', 'Ops admins']

const groupState = fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'DELETED')
const userState = fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'INACTIVE', 'DELETED')

/** Two directories of one organization, one of another; each with a group of every name. */
export const world = fc.record({
  groups: fc.array(groupState, { minLength: 12, maxLength: 12 }),
  users: fc.array(
    fc.record({
      directory: fc.nat({ max: 2 }),
      state: userState,
      groups: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
      department: fc.constantFrom(null, 'Engineering', 'Finance'),
      // Few have a role already: a mapping is to make a difference.
      idpRoles: fc.constantFrom([], [], [], [], ['admin'], ['member']),
      /** Belongs to the account of the user before it, where that is of the same organization. */
      joined: fc.constantFrom(false, false, true),
      disabled: fc.constantFrom(false, false, false, true),
      direct: fc.constantFrom(null, null, null, null, 'role_1', 'role_2'),
    }),
    { minLength: 6, maxLength: 14, size: 'max' },
  ),
})
export type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

/** Writes a world in the place of another. The grants are not derived yet: every account is due. */
export async function settleIn(db: Queryable, { groups, users }: World): Promise<void> {
  let account = ''
  const people = users.map(({ directory, joined, ...rest }, index) => {
    const previous = index > 0 && joined && owners[users[index - 1]!.directory] === owners[directory]
    if (!previous) account = `account_${index}`
    return { id: `directory_user_${index}`, account, directory, isFirst: !previous, ...rest }
  })
  const rows = {
    groups: groups.map((state, n) => ({
      id: `directory_group_${n}`,
      directory_id: directoryIds[n % 3],
      organization_id: owners[n % 3],
      name: names[Math.floor(n / 3)],
      state,
    })),
    users: people.map((one) => ({
      id: one.id,
      directory_id: directoryIds[one.directory],
      organization_id: owners[one.directory],
      state: one.state,
      department: one.department,
      idp_roles: one.idpRoles,
      account_id: one.account,
    })),
    accounts: people
      .filter(({ isFirst }) => isFirst)
      .map((one) => ({
        id: one.account,
        organization_id: owners[one.directory],
        disabled: one.disabled,
        direct: one.direct,
      })),
    members: people.flatMap((one) =>
      one.groups.map((n) => ({
        group_id: `directory_group_${n * 3 + one.directory}`,
        user_id: one.id,
        directory_id: directoryIds[one.directory],
      })),
    ),
  }
  await db.query(EMPTY)
  for (const [text, value] of [
    [GROUPS, rows.groups],
    [ACCOUNTS, rows.accounts],
    [USERS, rows.users],
    [MEMBERS, rows.members],
    [DIRECT, rows.accounts],
  ] as const)
    await db.query(text, [JSON.stringify(value)])
  await db.query(DUE)
}

const EMPTY = `
  truncate change, membership, directory_user, directory_group, role_mapping_plan_difference, role_mapping_plan, role_mapping_role,
    role_mapping_group, role_mapping, role_grant, role, account, account_due, mapping_due, sync_run_deferral, sync_run, directory, organization cascade;
  update change_clock set purged_through = position;
  insert into organization (id) values ('org_a'), ('org_b');
  insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
  values ('directory_a1', 'org_a', '', 'x', 'ACTIVE', '{}', now(), now()), ('directory_a2', 'org_a', '', 'x', 'ACTIVE', '{}', now(), now()),
         ('directory_b', 'org_b', '', 'x', 'ACTIVE', '{}', now(), now());
  insert into role (id, slug, name, organization_id, protected)
  values ('role_1', 'admin', '', null, true), ('role_2', 'member', '', null, false), ('role_3', 'ops', '', 'org_a', true)`
const GROUPS = `
  insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at, updated_at, sort_name)
  select id, directory_id, organization_id, id, name, '{}', state, now(), now(), ''
  from json_to_recordset($1) as x (id text, directory_id text, organization_id text, name text, state "DirectoryGroupState")`
const ACCOUNTS = `
  insert into account (id, organization_id, state, provisioned, disabled_at)
  select id, organization_id, 'INACTIVE', true, case when disabled then now() end
  from json_to_recordset($1) as x (id text, organization_id text, disabled boolean)`
const USERS = `
  insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes, raw_attributes,
    idp_roles, created_at, updated_at, sort_name, sort_email, search_text, account_id, link_kind)
  select id, directory_id, organization_id, id, '[]', state, true, jsonb_build_object('department_name', department), '{}', idp_roles,
         now(), now(), '', '', '', account_id, 'PROVISIONED'
  from json_to_recordset($1) as x (id text, directory_id text, organization_id text, state "DirectoryUserState", department text,
    idp_roles text[], account_id text)`
const MEMBERS = `
  insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
  select group_id, user_id, directory_id, true, true, now(), 'event'
  from json_to_recordset($1) as x (group_id text, user_id text, directory_id text)`
const DIRECT = `
  insert into role_grant (account_id, role_id, kind, actor, visible, granted_at)
  select id, direct, 'DIRECT', 'test', false, now() from json_to_recordset($1) as x (id text, direct text) where direct is not null`
const DUE = `insert into account_due (account_id, source, occurred_at) select id, 'WEBHOOK', now() from account`
