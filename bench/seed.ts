import type { BenchPostgres } from './postgres.ts'

export const organizationId = 'org_01KF0J00000000000000000000'
export const DIRECTORIES = 10
export const USERS = 10_000
export const GROUPS = 100

const digits = (prefix: string, n: number) => `${prefix}_01KF0J${String(n).padStart(20, '0')}`
export const directoryId = (n: number) => digits('directory', n)
export const groupId = (n: number) => digits('directory_group', n)
export const userId = (n: number) => digits('directory_user', n)
/** Returns the directory of user or group `n` of `count`: each directory has a contiguous range. */
export const directoryOf = (n: number, count: number) => directoryId(Math.floor(n / (count / DIRECTORIES)))

let template: Promise<string> | null = null

/**
 * Creates a database with one organization, 10 directories, 10,000 users, 100 groups and 30,000 memberships: what
 * WorkOS's events would have left there, written at once.
 */
export async function createPeopled(postgres: BenchPostgres): Promise<string> {
  template ??= seed(postgres)
  return postgres.create(await template)
}

async function seed(postgres: BenchPostgres): Promise<string> {
  const database = await postgres.create()
  await postgres.query(database, SEED)
  await postgres.query(database, 'vacuum (analyze)')
  const [found] = await postgres.query<{ users: string; memberships: string }>(
    database,
    `select (select count(*) from directory_user) as users, (select count(*) from membership where visible) as memberships`,
  )
  if (found?.users !== `${USERS}` || found.memberships !== `${3 * USERS}`) throw new Error('The seed is not whole')
  return database
}

const id = (prefix: string, n: string) => `'${prefix}_01KF0J' || lpad((${n})::text, 20, '0')`
const PAST = `timestamptz '2026-01-15 12:00:00Z'`

// Group names sort like their ids: rivals that cannot order by a group's name then return the same list.
const SEED = `
  insert into organization (id, name) values ('${organizationId}', 'Bench');

  insert into directory (id, organization_id, external_key, name, type, state, domains, created_at, updated_at, fact_at, fact_id)
  select ${id('directory', 'n')}, '${organizationId}', 'key', 'Directory ' || n, 'okta scim v2.0', 'ACTIVE', '{example.com}',
         ${PAST}, ${PAST}, ${PAST}, 'event_seed'
  from generate_series(0, ${DIRECTORIES - 1}) as n;

  insert into directory_group (id, directory_id, organization_id, idp_id, name, raw_attributes, state, created_at, updated_at,
                               fact_at, fact_id, sort_name)
  select ${id('directory_group', 'n')}, ${id('directory', `n / ${GROUPS / DIRECTORIES}`)}, '${organizationId}', 'idp_' || n,
         'Group ' || lpad(n::text, 3, '0'), '{}', 'ACTIVE', ${PAST}, ${PAST}, ${PAST}, 'event_seed', 'group ' || lpad(n::text, 3, '0')
  from generate_series(0, ${GROUPS - 1}) as n;

  insert into directory_user (id, directory_id, organization_id, idp_id, email, first_name, last_name, name, username, job_title,
                              emails, state, active, custom_attributes, raw_attributes, idp_roles, created_at, updated_at,
                              fact_at, fact_id, sort_name, sort_email, search_text)
  select ${id('directory_user', 'n')}, ${id('directory', `n / ${USERS / DIRECTORIES}`)}, '${organizationId}', 'idp_' || n,
         'ada.' || n || '@example.com', 'Ada', 'Lovelace ' || n, 'Ada Lovelace ' || n, 'ada.' || n, 'Engineer',
         '[]', 'ACTIVE', true, jsonb_build_object('department_name', 'Engineering', 'cost_center', n % 40), '{}', '{}',
         ${PAST} + n * interval '1 second', ${PAST} + n * interval '1 second', ${PAST}, 'event_seed',
         'lovelace ' || n || ' ada', 'ada.' || n || '@example.com', 'ada lovelace ' || n || ' ada.' || n || '@example.com'
  from generate_series(0, ${USERS - 1}) as n;

  insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
  select ${id('directory_group', `n / ${USERS / DIRECTORIES} * ${GROUPS / DIRECTORIES} + (n + step) % ${GROUPS / DIRECTORIES}`)},
         ${id('directory_user', 'n')}, ${id('directory', `n / ${USERS / DIRECTORIES}`)}, true, true, ${PAST}, 'event_seed'
  from generate_series(0, ${USERS - 1}) as n, unnest(array[0, 3, 6]) as step;`
