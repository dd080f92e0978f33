import { ulid } from 'ulid'
import type { Tx } from '../db/database.ts'
import type { Condition, EpisodeKind } from './conditions.ts'

export interface Episode {
  readonly id: string
  readonly kind: EpisodeKind
  readonly subject: string
  readonly detail: string
}

/** Episodes that have lasted long enough to be reported now, and reported ones that are over now. */
interface News {
  readonly begun: readonly Episode[]
  readonly ended: readonly Episode[]
}

/**
 * How long a stall must last before it is reported, and be over before its end is: queues come and go, and after a time
 * without any instance everything is late for a moment.
 */
export const STEADY_MS = 60_000

/**
 * Records current problems as episodes: each begins and ends once, however many instances check, and survives restarts.
 * Each result is returned only once, provided the transaction commits.
 */
export async function recordEpisodes(tx: Tx, conditions: readonly Condition[], now: Date): Promise<News> {
  const steady = new Date(now.getTime() - STEADY_MS)
  await see(tx, conditions, now, steady)
  const begun = await tx.query<Episode>(
    `update episode set told_at = $1
     where ended_at is null and told_at is null and last_seen_at = $1 and (kind <> 'STALLED' or first_seen_at <= $2)
     returning id, kind, subject, detail`,
    [now, steady],
  )
  const ended = await tx.query<Episode & { wasTold: boolean }>(
    `update episode set ended_at = $1
     where ended_at is null and last_seen_at < case kind when 'STALLED' then $2::timestamptz else $1 end
     returning id, kind, subject, detail, told_at is not null as "wasTold"`,
    [now, steady],
  )
  return { begun: begun.rows, ended: ended.rows.filter(({ wasTold }) => wasTold) }
}

// An unreported episode that was not seen for a while has not lasted continuously: it starts over.
async function see(tx: Tx, conditions: readonly Condition[], now: Date, steady: Date): Promise<void> {
  const rows = conditions.map((condition) => ({ ...condition, id: `episode_${ulid()}` }))
  await tx.query({
    name: 'see-conditions',
    text: `
      insert into episode as e (id, kind, subject, detail, first_seen_at, last_seen_at)
      select r.id, r.kind, r.subject, r.detail, $2, $2
      from json_to_recordset($1) as r (id text, kind "EpisodeKind", subject text, detail text)
      on conflict (kind, subject) where ended_at is null do update
      set detail = excluded.detail, last_seen_at = $2,
          first_seen_at = case when e.told_at is null and e.last_seen_at < $3 then $2 else e.first_seen_at end`,
    values: [JSON.stringify(rows), now, steady],
  })
}
