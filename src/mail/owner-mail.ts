import type { Database, Tx } from '../db/database.ts'
import { exclusively } from '../db/exclusive.ts'
import { inTransaction } from '../db/transaction.ts'
import { createRounds, type Rounds } from '../rounds.ts'
import { readConditions, type EpisodeKind } from './conditions.ts'
import { recordEpisodes, type Episode } from './episodes.ts'
import type { QueueMail } from './queue-mail.ts'

interface OwnerMailOptions {
  readonly db: Database
  /** The interval between checks; 0 for never. */
  readonly intervalMs: number
  /** The recipient. */
  readonly to: string
  readonly queueMail: QueueMail
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/** Periodically checks for problems to report to the owner, on one instance at a time. */
export function startOwnerMail(options: OwnerMailOptions): Rounds {
  const { db, intervalMs, closing, onError } = options
  return createRounds({
    intervalMs,
    closing,
    onError,
    round: async () => {
      await exclusively(db.pool, 'owner-mail', () => tellOwner(options))
    },
  })
}

type OwnerMailKind = EpisodeKind | 'CREDENTIALS_VALID' | 'RECOVERED' | 'GUARD_DECIDED'

/** Reports to the owner what has begun and what is over, once: the mail commits together with its episode. */
export async function tellOwner({
  db,
  to,
  queueMail,
  now,
}: Pick<OwnerMailOptions, 'db' | 'to' | 'queueMail' | 'now'>): Promise<void> {
  const conditions = await readConditions(db.pool)
  await inTransaction(db.pool, async (tx) => {
    const { begun, ended } = await recordEpisodes(tx, conditions, now())
    const of = (episodes: readonly Episode[], kind: EpisodeKind) => episodes.filter((one) => one.kind === kind)
    const tell = async (kind: OwnerMailKind, episodes: readonly Episode[]) => {
      const ids = episodes.map(({ id }) => id).sort()
      if (ids.length > 0)
        await queueMail(tx, { kind, key: `${kind} ${ids[0]!}`, to, values: { list: listed(episodes) } })
    }
    for (const kind of ['CREDENTIALS_INVALID', 'STALLED', 'GUARD_TRIPPED'] as const) await tell(kind, of(begun, kind))
    await tell('CREDENTIALS_VALID', await whoseDirectoryLives(tx, of(ended, 'CREDENTIALS_INVALID')))
    await tell('RECOVERED', of(ended, 'STALLED'))
    await tell('GUARD_DECIDED', of(ended, 'GUARD_TRIPPED'))
  })
}

const MAX_LISTED = 20

/** Simultaneous episodes share one mail. */
function listed(episodes: readonly Episode[]): string[] {
  const details = episodes.map(({ detail }) => detail).sort()
  const rest = details.length - MAX_LISTED
  return rest > 0 ? [...details.slice(0, MAX_LISTED), `and ${rest} more`] : details
}

// Excludes directories that were unlinked or deleted: their credentials are not valid again.
async function whoseDirectoryLives(tx: Tx, episodes: readonly Episode[]): Promise<Episode[]> {
  if (episodes.length === 0) return []
  const { rows } = await tx.query<{ id: string }>(
    `select id from directory where id = any($1) and state = 'ACTIVE' and deleted_at is null`,
    [episodes.map(({ subject }) => subject)],
  )
  const living = new Set(rows.map(({ id }) => id))
  return episodes.filter(({ subject }) => living.has(subject))
}
