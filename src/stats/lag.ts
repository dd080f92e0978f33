import type { Queryable } from '../db/database.ts'

/** How far the mirror is behind, as of one moment. Seconds are of the database's clock. */
export interface Lags {
  readonly at: Date
  /** Since the Events API was last read to its end; null if no instance reads it. */
  readonly catchUpSeconds: number | null
  /** How long the oldest event has waited, of each directory with waiting events. */
  readonly seconds: ReadonlyMap<string, number>
}

type Row = { readonly at: Date; readonly catchUpSeconds: number | null } & (
  | { readonly id: string; readonly seconds: number }
  | { readonly id: null; readonly seconds: null }
)

/** Returns the lags of all directories, in one statement that looks only at those with waiting events. */
export async function readLags(db: Queryable): Promise<Lags> {
  const { rows } = await db.query<Row>({ name: 'read-lags', text: LAGS })
  const { at, catchUpSeconds } = rows[0]!
  const waiting = rows.flatMap(({ id, seconds }) => (id === null ? [] : [[id, seconds] as const]))
  return { at, catchUpSeconds, seconds: new Map(waiting) }
}

interface DirectoryLag {
  readonly directoryId: string
  readonly seconds: number
}

/** Returns the directories furthest behind, filled up with others to `most`; without deleted ones. */
export async function readWorstLags(db: Queryable, most: number): Promise<DirectoryLag[]> {
  return (await db.query<DirectoryLag>({ name: 'read-worst-lags', text: WORST, values: [most] })).rows
}

/** Since when an inbox event waits to be applied. A released event waits only since its release. */
export const WAITING_SINCE = 'greatest(received_at, released_at)'

/** How far a directory is behind whose oldest event waits since then. 0 if none waits. */
export const lagOf = (oldest: string): string => `greatest(extract(epoch from now() - ${oldest}), 0)::float8`

// One index entry leads to the next directory, however many events of one wait. They are applied in the order in which
// they happened, so the first received is among the first of them, unless as many came late.
const FIRST = 100
const BEHIND = `
  with recursive behind as (
    (select directory_id as id from inbox_event where status = 'PENDING' order by directory_id limit 1)
    union all
    select (select i.directory_id from inbox_event i where i.status = 'PENDING' and i.directory_id > behind.id
            order by i.directory_id limit 1)
    from behind where behind.id is not null
  ), lag as (
    select behind.id, ${lagOf('oldest.since')} as seconds
    from behind cross join lateral (
      select min(since) as since from (
        select ${WAITING_SINCE} as since from inbox_event where directory_id = behind.id and status = 'PENDING'
        order by occurred_at, id limit ${FIRST}
      ) first
    ) oldest
    where oldest.since is not null
  )`

const LAGS = `${BEHIND}
  select now() as at, extract(epoch from now() - coalesce(completed_at, begun_at))::float8 as "catchUpSeconds", lag.id, lag.seconds
  from catch_up left join lag on true`

// A directory without any applied event is in no other table.
const WORST = `${BEHIND}
  select coalesce(lag.id, d.id) as "directoryId", coalesce(lag.seconds, 0) as seconds
  from directory d full join lag on lag.id = d.id
  where d.deleted_at is null
  order by seconds desc, "directoryId" limit $1`
