// What a complete sync run did not see: rows that live and whose newest fact is older than it. Whatever an event has
// reported since the sync run began is newer, and so never among them.
import type { Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { Cause } from './mirror.ts'

interface Unseen {
  readonly users: number
  /** Those of them who are active: to remove these is to offboard. */
  readonly activeUsers: number
  readonly groups: number
  /** Memberships of users who are active and stay so, in groups that were seen and in those that were not. */
  readonly memberships: number
}

const RUN = `'sync_run_' || $3::text`
const SEEN_IN_PART = (row: string) =>
  `exists (select from sync_run_part p where p.run_id = ${RUN} and p.object_id = ${row}.id)`
/** Whether a user was seen to leave, and is left alone until the guard has agreed. */
const IS_DEFERRED = (userId: string) =>
  `exists (select from sync_run_deferral d where d.run_id = ${RUN} and d.user_id = ${userId})`
const USERS = `
  from directory_user u
  where u.directory_id = $1 and u.state in ('ACTIVE', 'INACTIVE')
    and (u.fact_at is null or (u.fact_at, u.fact_id) < ($2::timestamptz, $3::text)) and not ${SEEN_IN_PART('u')}
    and not ${IS_DEFERRED('u.id')}`
const GROUPS = `
  from directory_group g
  where g.directory_id = $1 and g.state = 'ACTIVE'
    and (g.fact_at is null or (g.fact_at, g.fact_id) < ($2::timestamptz, $3::text)) and not ${SEEN_IN_PART('g')}`
// In groups whose members were read. A membership that is visible though it has ended is drift.
const EDGES = `
  from directory_group g join membership m on m.group_id = g.id
  where g.directory_id = $1 and g.state = 'ACTIVE' and g.members_run_id = ${RUN}
    and (m.present or m.visible) and (m.fact_at, m.fact_id) < ($2::timestamptz, $3::text)`

const valuesOf = ({ directoryId, version }: Cause) => [directoryId, new Date(version.at), version.id]

/** How much a sync run did not see. Deferred users are not included: they were seen. */
export async function countUnseen(db: Queryable, cause: Cause): Promise<Unseen> {
  const text = `
    with leaving as materialized (
      select u.id, u.state ${USERS}
    ), ending as (
      select m.user_id ${EDGES} and m.visible
      union all
      select m.user_id from membership m where m.visible and m.group_id in (select g.id ${GROUPS})
    )
    select (select count(*) from leaving) as users,
           (select count(*) from leaving where state = 'ACTIVE') as "activeUsers",
           (select count(*) ${GROUPS}) as groups,
           (select count(*) from ending e join directory_user u on u.id = e.user_id and u.state = 'ACTIVE'
            where not exists (select from leaving l where l.id = e.user_id)
              and not ${IS_DEFERRED('e.user_id')}) as memberships`
  return onlyRow(await db.query<Unseen>(text, valuesOf(cause)))
}

/** Unseen users after the given id, in the order of ids. */
export async function unseenUsers(db: Queryable, cause: Cause, after: string, limit: number): Promise<string[]> {
  const text = `select u.id ${USERS} and u.id > $4 order by u.id limit $5`
  const { rows } = await db.query<{ id: string }>(text, [...valuesOf(cause), after, limit])
  return rows.map(({ id }) => id)
}

/** Unseen groups after the given id, in the order of ids. */
export async function unseenGroups(db: Queryable, cause: Cause, after: string, limit: number): Promise<string[]> {
  const text = `select g.id ${GROUPS} and g.id > $4 order by g.id limit $5`
  const { rows } = await db.query<{ id: string }>(text, [...valuesOf(cause), after, limit])
  return rows.map(({ id }) => id)
}

export interface Pair {
  readonly groupId: string
  readonly userId: string
}

/** Unseen memberships of groups whose members were read, after the given pair, in the order of pairs. */
export async function unseenMemberships(db: Queryable, cause: Cause, after: Pair, limit: number): Promise<Pair[]> {
  const text = `
    select m.group_id as "groupId", m.user_id as "userId" ${EDGES}
      and (m.group_id, m.user_id) > ($4, $5)
    order by m.group_id, m.user_id limit $6`
  const values = [...valuesOf(cause), after.groupId, after.userId, limit]
  return (await db.query<Pair>(text, values)).rows
}

/** All of them if they are few, otherwise some at even distances: a lost page holds a hundred. */
interface Sampling {
  readonly all: number
  readonly some: number
}

/** A sample of what a sync run did not see. `losers` are users who would lose the named groups. */
export async function sampleUnseen(
  db: Queryable,
  cause: Cause,
  { all, some }: Sampling,
): Promise<{ users: string[]; groups: string[]; losers: { userId: string; groupIds: string[] }[] }> {
  const values = valuesOf(cause)
  const read = async <Row extends object>(key: string, columns: string, from: string) => {
    const numbered = `select ${columns}, row_number() over (order by ${key}) as n, count(*) over () as total ${from}`
    const chosen = `total <= ${all} or n % ceil(total / ${some}.0) = 1`
    const text = `with unseen as (${numbered}) select * from unseen where ${chosen} order by n`
    return (await db.query<Row>(text, values)).rows
  }
  const users = await read<{ id: string }>('u.id', 'u.id', USERS)
  const groups = await read<{ id: string }>('g.id', 'g.id', GROUPS)
  const losers = await read<{ userId: string; groupIds: string[] }>(
    'm.user_id',
    'm.user_id as "userId", array_agg(m.group_id) as "groupIds"',
    `${EDGES} group by m.user_id`,
  )
  return { users: users.map(({ id }) => id), groups: groups.map(({ id }) => id), losers }
}
