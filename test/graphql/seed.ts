// Rows by the thousand, as the worker would have written them, in a statement per table.
import type { Database } from '../../src/db/database.ts'

export interface Sizes {
  readonly organizations: number
  /** Each of one organization, in turns. */
  readonly directories: number
  /** Over the directories in turns; every tenth is inactive, every twentieth deleted. */
  readonly users: number
  readonly groups: number
  /** Of each user, in groups of their own directory. */
  readonly groupsPerUser: number
  /** Of each user. */
  readonly changesPerUser: number
  readonly events: number
  /** All of them ended. */
  readonly runs?: number
  /** To an endpoint of each organization in turns; every hundredth is dead. */
  readonly deliveries?: number
  /** Over the organizations in turns, each with its mail. */
  readonly invitations?: number
  /** Whether every other user, group and event is of the first directory, whose first group has all its users. */
  readonly uneven?: boolean
}

/** Numbers that PostgreSQL can order as texts. */
const padded = (value: string) => `lpad((${value})::text, 7, '0')`
const moment = (value: string) => `timestamptz '2026-01-01Z' + (${value}) * interval '1 second'`

/**
 * Fills an empty database: org_…, directory_…, directory_user_…, directory_group_…, event_… with a number of seven
 * digits. User n is in directory n modulo their number, and has an account of their own, account_…; names are "First<n>
 * Last<n>".
 */
export async function seed({ pool }: Database, sizes: Sizes): Promise<void> {
  const { organizations, directories, users, groups, groupsPerUser, changesPerUser, events } = sizes
  const { uneven = false, runs = 0, deliveries = 0, invitations = 0 } = sizes
  const directoryNumber = (n: string) =>
    uneven ? `case when ${n} % 2 = 0 then 0 else ${n} % ${directories} end` : `${n} % ${directories}`
  const directoryOf = (n: string) => `'directory_' || ${padded(directoryNumber(n))}`
  const organizationOf = (n: string) => `'org_' || ${padded(`(${directoryNumber(n)}) % ${organizations}`)}`
  const series = (count: number, alias = 'n') => `generate_series(0, ${count - 1}) as ${alias}`
  // Many rows are indexed faster at once than one by one.
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename in ('account', 'directory_user', 'directory_group', 'membership', 'inbox_event', 'change') and indexname !~ '_pkey$'`,
  )
  // One at a time: whoever drops those of several tables in one transaction, and whoever reads these tables meanwhile,
  // may wait in a circle.
  for (const { name } of indexes) await pool.query(`drop index "${name}"`)
  await pool.query(`
    insert into organization (id, name) select 'org_' || ${padded('n')}, null from ${series(organizations)};

    insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at, deleted_at)
    select 'directory_' || ${padded('n')}, 'org_' || ${padded(`n % ${organizations}`)}, 'Directory ' || ${padded('n * 7919 % 10007')},
           case n % 3 when 0 then 'okta scim v2.0' when 1 then 'azure scim v2.0' else 'gsuite directory' end,
           case n % 50 when 0 then 'INVALID_CREDENTIALS' else 'ACTIVE' end::"DirectoryState", '{}',
           ${moment('n')}, ${moment('n * 3')}, case n % 40 when 39 then ${moment('n')} end
    from ${series(directories)};

    insert into account (id, organization_id, email, first_name, last_name, state, provisioned, created_at, updated_at, sort_name,
      sort_email, search_text)
    select 'account_' || ${padded('n')}, ${organizationOf('n')}, 'user' || n || '@example.com', 'First' || n, 'Last' || n,
           case when n % 20 = 19 then 'DELETED' when n % 10 = 9 then 'INACTIVE' else 'ACTIVE' end::"UserState", true, ${moment('n')}, ${moment('n * 7')},
           'last' || n || ' first' || n, 'user' || n || '@example.com',
           'first' || n || ' last' || n || ' user' || n || '@example.com'
    from ${series(users)};

    insert into directory_user (id, directory_id, organization_id, idp_id, email, first_name, last_name, name, username,
      emails, state, active, custom_attributes, raw_attributes, idp_roles, created_at, updated_at, deleted_at, sort_name,
      sort_email, search_text, account_id, link_kind)
    select 'directory_user_' || ${padded('n')}, ${directoryOf('n')}, ${organizationOf('n')}, 'idp_' || n,
           'user' || n || '@example.com', 'First' || n, 'Last' || n, null, null,
           '[]', case when n % 20 = 19 then 'DELETED' when n % 10 = 9 then 'INACTIVE' else 'ACTIVE' end::"DirectoryUserState",
           n % 10 <> 9, '{"department_name": "Engineering"}', '{}', '{}', ${moment('n')}, ${moment('n * 7')},
           case when n % 20 = 19 then ${moment('n')} end, 'last' || n || ' first' || n, 'user' || n || '@example.com',
           'first' || n || ' last' || n || ' user' || n || '@example.com', 'account_' || ${padded('n')}, 'PROVISIONED'
    from ${series(users)};

    insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at,
      updated_at, sort_name)
    select 'directory_group_' || ${padded('n')}, ${directoryOf('n')}, ${organizationOf('n')}, 'idp_' || n, 'Group ' || n,
           '{}', 'ACTIVE', ${moment('n')}, ${moment('n * 5')}, 'group ' || n
    from ${series(groups)};

    -- Group g is of directory g modulo their number, as the user is.
    insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
    select distinct 'directory_group_' || ${padded(`(n + k * ${directories}) % ${groups}`)},
           'directory_user_' || ${padded('n')}, ${directoryOf('n')}, true, n % 20 <> 19, ${moment('n')}, 'event'
    from ${series(users)}, ${series(groupsPerUser, 'k')};

    insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
    select 'directory_group_0000000', id, directory_id, true, true, updated_at, 'event' from directory_user
    where ${uneven} and directory_id = 'directory_0000000' and state <> 'DELETED'
    on conflict do nothing;

    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, received_at)
    select 'event_' || ${padded('n')}, case n % 4 when 0 then 'dsync.user.created' else 'dsync.user.updated' end,
           ${directoryOf('n')}, 'WEBHOOK', case n % 500 when 0 then 'FAILED' else 'APPLIED' end::"EventStatus", '{}',
           ${moment('n')}, ${moment('n')}
    from ${series(events)};

    insert into sync_run (id, directory_id, kind, state, dry_run, created_at, finished_at)
    select 'sync_run_' || ${padded('n')}, ${directoryOf('n')}, 'RECONCILE', 'SUCCEEDED', false, ${moment('n')}, ${moment('n')}
    from ${series(runs)};

    insert into webhook_endpoint (id, organization_id, url, description, kinds, secrets, cursor, created_by, created_at, updated_at)
    select 'webhook_endpoint_' || ${padded('n')}, 'org_' || ${padded('n')}, 'https://example.com', '', '{}', '[]', 0, 'seed',
           ${moment('n')}, ${moment('n')}
    from ${series(deliveries === 0 ? 0 : organizations)};

    insert into webhook_delivery (id, endpoint_id, type, ordering_key, body, status, created_at, queued_at)
    select 'msg_' || ${padded('n')}, replace(${organizationOf('n')}, 'org_', 'webhook_endpoint_'), 'test', n, '{}',
           case n % 100 when 0 then 'DEAD' else 'DELIVERED' end::"WebhookDeliveryStatus", ${moment('n')}, ${moment('n')}
    from ${series(deliveries)};
    insert into mail (id, kind, key, recipient, subject, status, finished_at)
    select 'mail_' || ${padded('n')}, 'SETUP_INVITATION', n, 'it@example.com', 'Setup', 'SENT', ${moment('n')}
    from ${series(invitations)};
    insert into setup_invitation (id, organization_id, email, intent, token_hash, mail_id, created_by, created_at, expires_at)
    select 'setup_invitation_' || ${padded('n')}, 'org_' || ${padded(`n % ${organizations}`)}, 'it@example.com', 'DSYNC',
           n::text::bytea, 'mail_' || ${padded('n')}, 'test', ${moment('n')}, ${moment('n')} + interval '30 days'
    from ${series(invitations)};

    insert into change (position, kind, directory_id, organization_id, user_id, changed_fields, source, occurred_at)
    select row_number() over (order by k, n), (case k when 0 then 'DIRECTORY_USER_CREATED' else 'DIRECTORY_USER_UPDATED' end)::"ChangeKind",
           ${directoryOf('n')}, ${organizationOf('n')}, 'directory_user_' || ${padded('n')}, '{}', 'WEBHOOK', ${moment('n')}
    from ${series(users)}, ${series(changesPerUser, 'k')};
    update change_clock set position = (select coalesce(max(position), 0) from change);
    set maintenance_work_mem = '256MB';
    ${indexes.map(({ definition }) => definition).join(';')};
    reset maintenance_work_mem;
    analyze`)
}
