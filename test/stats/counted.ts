// What is counted, beside what can be counted in the change log and the inbox: the same, hour by hour.
import { expect } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'

const of = (kind: string) => `count(*) filter (where kind = '${kind}') as `

const TRUTH = `
  select directory_id as owner, date_trunc('hour', recorded_at) as at,
         ${of('DIRECTORY_USER_CREATED')} users_created, ${of('DIRECTORY_USER_UPDATED')} users_updated,
         ${of('DIRECTORY_USER_DEACTIVATED')} users_deactivated, ${of('DIRECTORY_USER_REACTIVATED')} users_reactivated,
         ${of('DIRECTORY_USER_DELETED')} users_deleted, ${of('DIRECTORY_GROUP_CREATED')} groups_created,
         ${of('DIRECTORY_GROUP_UPDATED')} groups_updated, ${of('DIRECTORY_GROUP_DELETED')} groups_deleted,
         ${of('MEMBERSHIP_ADDED')} memberships_added, ${of('MEMBERSHIP_REMOVED')} memberships_removed,
         0 as events_received, 0 as events_failed, 0 as events_stale, 0 as events_applied
  from change group by 1, 2
  union all
  select directory_id, date_trunc('hour', received_at), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
         count(*), count(*) filter (where status = 'FAILED'), count(*) filter (where status = 'STALE'),
         count(*) filter (where status = 'APPLIED')
  from inbox_event where directory_id is not null and status <> 'PENDING' group by 1, 2`

const COLUMNS = [
  'users_created',
  'users_updated',
  'users_deactivated',
  'users_reactivated',
  'users_deleted',
  'groups_created',
  'groups_updated',
  'groups_deleted',
  'memberships_added',
  'memberships_removed',
  'events_received',
  'events_failed',
  'events_stale',
  'events_applied',
]
const sums = COLUMNS.map((column) => `sum(${column})::int as ${column}`).join(', ')

/** Gives the sums over all. */
export async function expectCounted(db: Queryable): Promise<Record<string, number>> {
  const told = `
    select *, (select coalesce(sum(n), 0) from unnest(latency) as n) as events_applied from stats`
  const rows = async (from: string, where: string, key: string) =>
    (await db.query(`select ${key}, ${sums} from (${from}) t where ${where} group by 1, 2 order by 1, 2`))
      .rows as object[]
  const some = COLUMNS.map((column) => `${column} > 0`).join(' or ')
  expect(await rows(told, `span = 'HOUR' and owner like 'directory\\_%' and (${some})`, 'owner, at')).toEqual(
    await rows(TRUTH, some, 'owner, at'),
  )
  const [all] = await rows(told, `span = 'HOUR' and owner = ''`, `'all' as a, 'all' as b`)
  const days = (span: string, at: string) => rows(told, `span = '${span}'`, `owner, ${at}`)
  expect(await days('DAY', 'at'), 'each day is its hours').toEqual(
    await days('HOUR', `date_trunc('day', at, 'UTC') as at`),
  )
  expect(all).toEqual((await rows(TRUTH, 'true', `'all' as a, 'all' as b`))[0])
  return all as Record<string, number>
}
