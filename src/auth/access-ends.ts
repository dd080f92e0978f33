import type { Bell } from '../changes/bell.ts'
import type { Queryable } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import type { ChangeKind } from '../directory/change-kinds.ts'
import { createRounds } from '../rounds.ts'

/** Caches which callers have access. */
export interface Doorkeeper {
  /** Whether it caches anything now; otherwise the database is not polled for it. */
  isOnDuty(): boolean
  /** Called when a caller's access may have ended: cached access must be checked again. */
  recheck(): void
}

/** Notifies doorkeepers when the change log records an end of access, within about fifty milliseconds of the commit. */
export interface AccessEnds {
  /** Has a doorkeeper recheck from now on. */
  register(doorkeeper: Doorkeeper): void
  close(): Promise<void>
}

interface AccessEndsOptions {
  readonly db: Queryable
  readonly bell: Pick<Bell, 'listen'>
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

const ENDS: readonly ChangeKind[] = ['USER_DEACTIVATED', 'USER_DELETED', 'USER_SESSIONS_REVOKED', 'API_KEY_REVOKED']

/** The minimum pause, so that a burst of hires does not have every credential looked up over and over. */
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
      const ends = await db.query<{ last: string }>({ name: 'last-ends-of-access', text: LAST, values: [ENDS] })
      const found = onlyRow(ends).last
      if (found === last) return
      last = found
      for (const doorkeeper of doorkeepers) doorkeeper.recheck()
    },
  })
  const ringing = bell.listen(rounds.nudge)

  return {
    register: (doorkeeper) => void doorkeepers.push(doorkeeper),
    close() {
      ringing.close()
      return rounds.close()
    },
  }
}

// One lookup in the index of (kind, position) per kind.
const LAST = `
  select string_agg(coalesce(newest.position, 0)::text, ' ' order by kinds.kind) as last
  from unnest($1::"ChangeKind"[]) as kinds (kind)
  left join lateral (
    select position from change where change.kind = kinds.kind order by position desc limit 1
  ) newest on true`
