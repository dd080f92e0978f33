import type { Database, Tx } from '../db/database.ts'
import { exclusively } from '../db/exclusive.ts'
import { inTransaction } from '../db/transaction.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { isMailbox } from '../text/mailbox.ts'
import type { QueueMail } from './queue-mail.ts'

interface WelcomeOptions {
  readonly db: Database
  readonly intervalMs: number
  /** The age at which a change is processed: by then it is clear whether it was the first of many. */
  readonly settledMs?: number
  /**
   * Above this many newcomers in the current and previous hour, a directory counts as an import, and none of them is
   * welcomed.
   */
  readonly most: number
  /** Where to sign in. */
  readonly url: URL
  readonly queueMail: QueueMail
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

const PAGE = 200

/**
 * Welcomes newly provisioned users, following the change log from when this was first enabled. Runs on one instance at
 * a time.
 */
export function startWelcomeMail(options: WelcomeOptions): Rounds {
  const { db, intervalMs, closing, onError } = options
  return createRounds({
    intervalMs,
    closing,
    onError,
    round: async (stopped) => {
      await exclusively(db.pool, 'welcome-mail', async (lost) => {
        while (!stopped() && !lost.aborted && (await welcomeNext(options)));
      })
    },
  })
}

/**
 * Processes the next changes: their mails commit together with the position read. Returns whether there may be more.
 */
export async function welcomeNext(
  options: Omit<WelcomeOptions, 'intervalMs' | 'closing' | 'onError'>,
): Promise<boolean> {
  const { db, url, queueMail } = options
  return inTransaction(db.pool, async (tx) => {
    const newcomers = await readNewcomers(tx, options)
    for (const { accountId, email, name, organization, isLive } of newcomers) {
      if (!isLive || email === null || !isMailbox(email)) continue
      const values = { greeting: name === null ? 'Hello,' : `Hello ${name},`, organization, url }
      await queueMail(tx, { kind: 'WELCOME', key: `welcome ${accountId}`, to: email, values })
    }
    const last = newcomers.at(-1)
    if (last !== undefined) await tx.query('update mail_follower set position = $1', [last.position])
    return newcomers.length === PAGE
  })
}

interface Newcomer {
  readonly position: number
  /** The account created for them; null if they already had one. */
  readonly accountId: string | null
  readonly email: string | null
  readonly name: string | null
  readonly organization: string
  /** Whether they were provisioned just now, rather than found by a backfill, a reconcile or a replay. */
  readonly isLive: boolean
}

async function readNewcomers(
  tx: Tx,
  { most, settledMs = 60_000, now }: Pick<WelcomeOptions, 'most' | 'settledMs' | 'now'>,
): Promise<Newcomer[]> {
  // Changes from before this was first enabled cause no welcome mail.
  await tx.query('insert into mail_follower (id, position) select 1, position from change_clock on conflict do nothing')
  const settled = new Date(now().getTime() - settledMs)
  const { rows } = await tx.query<Newcomer>({ name: 'read-newcomers', text: NEWCOMERS, values: [settled, most] })
  return rows
}

// A change is live if its event was recorded within an hour of its occurrence, after a sync run that began after the
// directory was last connected had ended: whatever WorkOS sends before that is its own first import. Any replay since
// the event was received makes it an old one, since the change log does not always say which event was replayed.
const NEWCOMERS = `
  select c.position, provisioned.account_id as "accountId", u.email,
         coalesce(nullif(trim(u.first_name), ''), nullif(trim(u.name), '')) as name,
         coalesce(o.name, 'your organization') as organization,
         (c.source in ('WEBHOOK', 'EVENTS_API')
          and c.recorded_at < c.occurred_at + interval '1 hour'
          and u.state = 'ACTIVE' and u.account_id = provisioned.account_id and d.state = 'ACTIVE' and d.deleted_at is null
          and coalesce(synced.first, case when d.last_synced_at > connected.last then d.last_synced_at end) <= c.occurred_at
          and e.id is not null
          and not exists (select from change r where r.kind = 'EVENTS_REPLAYED' and r.directory_id = c.directory_id
                          and r.recorded_at >= e.received_at)
          and (select coalesce(sum(users_created), 0) from stats s where s.owner = c.directory_id and s.span = 'HOUR'
               and s.at >= date_trunc('hour', c.recorded_at) - interval '1 hour') <= $2) is true as "isLive"
  from mail_follower f
  join change c on c.kind = 'DIRECTORY_USER_CREATED' and c.position > f.position and c.recorded_at <= $1
  left join directory d on d.id = c.directory_id
  left join organization o on o.id = c.organization_id
  left join directory_user u on u.id = c.user_id
  left join inbox_event e on e.id = c.event_id
  left join lateral (
    -- A user first mentioned by a membership may get their account through the later event that describes them fully.
    select p.account_id from change p
    where p.user_id = c.user_id and p.position > c.position and p.kind = 'USER_PROVISIONED'
      and p.source in ('WEBHOOK', 'EVENTS_API')
    order by p.position limit 1
  ) provisioned on true
  cross join lateral (select coalesce(max(a.recorded_at), '-infinity') as last from change a
                      where a.directory_id = c.directory_id and a.kind = 'DIRECTORY_ACTIVATED' and a.position < c.position) connected
  cross join lateral (select min(r.finished_at) as first from sync_run r
                      where r.directory_id = c.directory_id and r.state = 'SUCCEEDED' and not r.dry_run
                      and r.started_at >= connected.last) synced
  order by c.position
  limit ${PAGE}`
