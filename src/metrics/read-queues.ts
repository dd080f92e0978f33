import type { Queryable } from '../db/database.ts'

interface Queues {
  readonly inbox: { readonly pending: number; readonly failed: number; readonly held: number }
  readonly runs: { readonly queued: number; readonly running: number; readonly awaiting_approval: number }
  readonly jobs: { readonly waiting: number; readonly running: number; readonly given_up: number }
  /** Undelivered messages to endpoints. */
  readonly messages: number
  readonly mails: number
  /** Since the Events API was last read to its end; null if no instance reads it. */
  readonly catchUpSeconds: number | null
}

/** Returns what waits, in one statement that looks at nothing else. */
export async function readQueues(db: Queryable): Promise<Queues> {
  return (await db.query<Queues>({ name: 'read-queues', text: QUEUES })).rows[0]!
}

const MOST = 1_000_000
const rows = (what: string) => `(select count(*) from (select from ${what} limit ${MOST}) counted)`
const events = (status: string) => rows(`inbox_event where status = '${status}'`)

const QUEUES = `
  select json_build_object('pending', ${events('PENDING')}, 'failed', ${events('FAILED')}, 'held', ${events('HELD')}) as inbox,
         (select json_build_object('queued', count(*) filter (where state = 'QUEUED'),
                                   'running', count(*) filter (where state = 'RUNNING'),
                                   'awaiting_approval', count(*) filter (where state = 'AWAITING_APPROVAL'))
          from sync_run where finished_at is null) as runs,
         (select json_build_object('waiting', count(*) filter (where locked_at is null and attempts < max_attempts),
                                   'running', count(*) filter (where locked_at is not null),
                                   'given_up', count(*) filter (where locked_at is null and attempts >= max_attempts))
          from (select * from graphile_worker.jobs limit ${MOST}) j) as jobs,
         ${rows(`webhook_delivery where status = 'PENDING'`)} as messages,
         ${rows(`mail where finished_at is null and status = 'PENDING'`)} as mails,
         extract(epoch from now() - coalesce(completed_at, begun_at))::float8 as "catchUpSeconds"
  from catch_up`

/** Changes that one scrape counts, at most: the rest is for the next one. */
const PAGE = 200_000

interface NewChanges {
  readonly kinds: readonly { readonly kind: string; readonly count: number }[]
  /** Where to continue. */
  readonly position: number
}

/** Returns the number of changes after a position of the log, by kind. */
export async function countNewChanges(db: Queryable, after: number): Promise<NewChanges> {
  const { rows } = await db.query<{ kind: string; count: number; position: number }>({
    name: 'count-new-changes',
    text: `select kind, count(*) as count, max(position) as position
           from (select kind, position from change where position > $1 order by position limit ${PAGE}) page
           group by kind order by kind`,
    values: [after],
  })
  return { kinds: rows, position: Math.max(after, ...rows.map(({ position }) => position)) }
}
