import type { BenchPostgres } from './postgres.ts'
import { DIRECTORIES, USERS, organizationId } from './seed.ts'
import { createStaffed } from './staff.ts'

/**
 * Creates a staffed database in which each user was changed ten times, by an event each, in turn: 100,000 events and
 * changes. Users lie in their table as changes leave them: next to others changed at the same time.
 */
export async function createWithPast(postgres: BenchPostgres): Promise<string> {
  const database = await createStaffed(postgres)
  await postgres.query(database, `cluster directory_user using directory_user_idp_id_directory_id_idx`)
  await postgres.query(database, PAST)
  await postgres.query(database, 'vacuum (analyze)')
  return database
}

const TIMES = 10
const EVENT = `'event_01KF0J' || lpad(n::text, 20, '0')`
// Neighbours are of different directories.
const USER = `(n * 7919) % ${USERS}`
const id = (prefix: string, n: string) => `'${prefix}_01KF0J' || lpad((${n})::text, 20, '0')`
// Recent, so that nothing is purged meanwhile; to the millisecond, which is what we store.
const AT = `date_trunc('second', now()) - interval '2 days' + n * interval '1 second'`

const PAST = `
  insert into inbox_event (id, type, directory_id, source, status, body, attempts, occurred_at, received_at, applied_at, counted_at, user_id)
  select ${EVENT}, 'dsync.user.updated', ${id('directory', `${USER} / ${USERS / DIRECTORIES}`)}, 'WEBHOOK', 'APPLIED', '{}', 1,
         ${AT}, ${AT}, ${AT}, ${AT}, ${id('directory_user', USER)}
  from generate_series(0, ${USERS * TIMES - 1}) as n;

  insert into change (position, kind, directory_id, organization_id, user_id, account_id, changed_fields, previous, source, event_id,
                      occurred_at, recorded_at)
  select n + 1, 'DIRECTORY_USER_UPDATED', ${id('directory', `${USER} / ${USERS / DIRECTORIES}`)}, '${organizationId}',
         ${id('directory_user', USER)}, null, '{jobTitle}', '{"jobTitle": "Trainee"}', 'WEBHOOK', ${EVENT}, ${AT}, ${AT}
  from generate_series(0, ${USERS * TIMES - 1}) as n;

  update change_clock set position = ${USERS * TIMES};`
