import type { Bell } from '../changes/bell.ts'
import type { Queryable } from '../db/database.ts'
import type { ChangeKind } from '../directory/changes.ts'
import { createRounds } from '../rounds.ts'

/** Who remembers that somebody may be let in. */
export interface Doorkeeper {
  /** Whether they remember anything now: otherwise nobody asks the database for them. */
  isOnDuty(): boolean
  /** Somebody's access may have ended: what is remembered has to be found out anew. */
  recheck(): void
}

/** Tells doorkeepers of ends of access, as the change log does, within some fifty milliseconds of the commit. */
export interface AccessEnds {
  tell(doorkeeper: Doorkeeper): void
  close(): Promise<void>
}

export interface AccessEndsOptions {
  readonly db: Queryable
  readonly bell: Pick<Bell, 'listen'>
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

const ENDS: readonly ChangeKind[] = ['USER_DEACTIVATED', 'USER_DELETED', 'USER_SESSIONS_REVOKED', 'API_KEY_REVOKED']

/** However many changes there are: a burst of hires must not have everybody's credential looked up again and again. */
const CLOSEST_MS = 50
const INTERVAL_MS = 1_000

export function createAccessEnds({ db, bell, closing, onError }: AccessEndsOptions): AccessEnds {
  const doorkeepers: Doorkeeper[] = []
  let last: string | null = null

  const rounds = createRounds({
    intervalMs: INTERVAL_MS,
    closestMs: CLOSEST_MS,
    closing,
    onError,
    async round() {
      if (!doorkeepers.some((doorkeeper) => doorkeeper.isOnDuty())) return
      const { rows } = await db.query<{ last: string }>({ name: 'last-ends-of-access', text: LAST, values: [ENDS] })
      const found = rows[0]!.last
      if (found === last) return
      last = found
      for (const doorkeeper of doorkeepers) doorkeeper.recheck()
    },
  })
  const ringing = bell.listen(rounds.nudge)

  return {
    tell: (doorkeeper) => void doorkeepers.push(doorkeeper),
    close() {
      ringing.close()
      return rounds.close()
    },
  }
}

// One step down the index of (kind, position) for each kind.
const LAST = `
  select string_agg(coalesce(newest.position, 0)::text, ' ' order by kinds.kind) as last
  from unnest($1::"ChangeKind"[]) as kinds (kind)
  left join lateral (
    select position from change where change.kind = kinds.kind order by position desc limit 1
  ) newest on true`
