import pg from 'pg'
import type { BenchPostgres } from './postgres.ts'
import { DIRECTORIES, organizationId } from './seed.ts'

/** A user of the crowd, with the fields that queries need. */
export interface Someone {
  readonly id: string
  readonly directoryId: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

/** A database with one organization and its people. */
export interface Crowd {
  readonly database: string
  readonly users: number
  /** Returns an arbitrary user, the same for the same number. */
  someone(n: number): Promise<Someone>
  /** Returns the ids that a statement written without regard to indexes yields. */
  ids(conditions: string, order: string, values: readonly unknown[]): Promise<string[]>
  close(): Promise<void>
}

/**
 * Creates `users` users in ten directories of one organization; groups are not queried, and there are none. Family
 * names are distributed as unevenly as real ones: one in ninety people has the commonest, and most names are shared by
 * one in ten thousand. One in ten is inactive, and one in fifty a tombstone, too recent to be purged meanwhile.
 */
export async function createCrowd(postgres: BenchPostgres, users: number): Promise<Crowd> {
  const database = await postgres.create()
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  // Many rows are indexed faster at once than one by one.
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'directory_user' and indexname !~ '_pkey$'`,
  )
  for (const { name } of indexes) await client.query(`drop index "${name}"`)
  await client.query(`set maintenance_work_mem = '1GB'`)
  await client.query(COMPANY)
  await client.query(PEOPLE(users))
  for (const { definition } of indexes) await client.query(definition)
  await client.query('vacuum (analyze)')
  return {
    database,
    users,
    async someone(n) {
      const { rows } = await client.query<Someone>(
        `select id, directory_id as "directoryId", email, first_name as "firstName", last_name as "lastName"
         from directory_user where id = ${id('directory_user', '$1::bigint')}`,
        [(n * 7_919) % users],
      )
      if (rows[0] === undefined) throw new Error(`Nobody is number ${n} of ${users}`)
      return rows[0]
    },
    async ids(conditions, order, values) {
      const { rows } = await client.query<{ id: string }>(
        `with everybody as materialized (select * from directory_user)
         select id from everybody where ${conditions} order by ${order} limit 50`,
        [...values],
      )
      return rows.map((row) => row.id)
    },
    close: () => client.end(),
  }
}

const id = (prefix: string, n: string) => `'${prefix}_01KF0J' || lpad((${n})::text, 20, '0')`
const PAST = `timestamptz '2026-01-15 12:00:00Z'`

const COMPANY = `
  insert into organization (id, name) values ('${organizationId}', 'Bench');

  insert into directory (id, organization_id, external_key, name, type, state, domains, created_at, updated_at, fact_at, fact_id)
  select ${id('directory', 'n')}, '${organizationId}', 'key', 'Directory ' || n, 'okta scim v2.0', 'ACTIVE', '{example.com}',
         ${PAST}, ${PAST}, ${PAST}, 'event_seed'
  from generate_series(0, ${DIRECTORIES - 1}) as n`

const syllables = (text: string) =>
  `array[${text
    .split(' ')
    .map((syllable) => `'${syllable}'`)
    .join(', ')}]`
const BEGINNINGS = syllables(
  'b br c ch d dr f fr g gl gr h j k kl kr l m n o p pf pr qu r s sch sh sk sl st sw t th tr u v w y z',
)
const VOWELS = syllables('a e i o u ai au ei ie oe')
const MIDDLES = syllables('b ck d ff gg l ll m mm n nd ng nt p r rd rg rl rm rn rt s sk ss st t tt v x z')
const FAMILY_ENDINGS = syllables(
  'a as berg dal e ek en er es ez feld holm ic ier ini is kov ley lund man o off olo os ov owski qvist sen ska son ti ton uk us wald y yan zi',
)
const GIVEN_ENDINGS = syllables(
  'a ah an as e ea el en er eta i ia ian id ie ik il in ine io is ita o on or ra ren ron sa ta us y ya',
)
/** One item of a list for each number and position. */
const pick = (list: string, n: string, position: number) =>
  `(${list})[1 + (hashint4extended(${n}, ${position}) & 1048575) % array_length(${list}, 1)]`
/** From 0 to 1, and always the same for each user and seed. */
const luck = (seed: number) => `((hashint8extended(n, ${seed}) & 1048575) / 1048576.0)`

const PEOPLE = (users: number) => `
  insert into directory_user (id, directory_id, organization_id, idp_id, email, first_name, last_name, name, username, job_title,
                              emails, state, active, custom_attributes, raw_attributes, idp_roles, created_at, updated_at,
                              deleted_at, fact_at, fact_id, sort_name, sort_email, search_text)
  select ${id('directory_user', 'n')}, ${id('directory', `n * ${DIRECTORIES} / ${users}`)}, '${organizationId}', 'idp_' || n, email,
         first, last, first || ' ' || last, first || '.' || last, 'Engineer', '[]', state::"DirectoryUserState", state = 'ACTIVE',
         jsonb_build_object('department_name', 'Engineering', 'cost_center', n % 40), '{}', '{}',
         ${PAST} + n * interval '1 second', changed, case when state = 'DELETED' then changed end, ${PAST}, 'event_seed',
         lower(last || ' ' || first), email, lower(first || ' ' || last || ' ' || email || ' ' || first || '.' || last)
  from (select *, lower(first || '.' || last) || n % 1000 || '@example.com' as email,
               case when chance < 0.02 then 'DELETED' when chance < 0.12 then 'INACTIVE' else 'ACTIVE' end as state
        from (select n, initcap(${pick(BEGINNINGS, 'given', 1)} || ${pick(VOWELS, 'given', 2)} || ${pick(MIDDLES, 'given', 3)} ||
                                ${pick(GIVEN_ENDINGS, 'given', 4)}) as first,
                     initcap(${pick(BEGINNINGS, 'family', 1)} || ${pick(VOWELS, 'family', 2)} || ${pick(MIDDLES, 'family', 3)} ||
                             ${pick(VOWELS, 'family', 4)} || ${pick(FAMILY_ENDINGS, 'family', 5)}) as last,
                     chance, now() - (1 + floor(30 * 86400 * chance2)) * interval '1 second' as changed
              from (select n, floor(400 * power(${luck(1)}, 2))::int as given, floor(8000 * power(${luck(2)}, 2))::int as family,
                           ${luck(3)} as chance, ${luck(4)} as chance2
                    from generate_series(0::bigint, ${users} - 1) as n) numbers) named) addressed`
