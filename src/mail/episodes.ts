import { ulid } from 'ulid'
import type { Tx } from '../db/database.ts'
import type { Condition, EpisodeKind } from './conditions.ts'

export interface Episode {
  readonly id: string
  readonly kind: EpisodeKind
  readonly subject: string
  readonly detail: string
}

/** What has lasted long enough to be told now, and what was told and is over now. */
export interface News {
  readonly begun: readonly Episode[]
  readonly ended: readonly Episode[]
}

/**
 * How long a stall lasts before it is told, and how long it has to be over before that is: a queue comes and goes, and
 * after a time without any instance everything is late for a moment.
 */
export const STEADY_MS = 60_000

/**
 * Writes down what is wrong now, as episodes: each begins and ends once, however many instances look, and restarts do
 * not end it. What this gives is given once, if the transaction commits.
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

// What nobody was told of, and nobody has seen for a while, has not lasted since then: it begins anew.
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
