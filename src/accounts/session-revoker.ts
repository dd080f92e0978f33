import type { Queryable } from '../db/database.ts'
import type { EndSessions } from '../operations/end-sessions.ts'
import { restAfter } from '../operations/upstream-error.ts'
import { errorText } from '../text/error-text.ts'
import { createRounds, type Rounds } from '../rounds.ts'

export interface SessionRevokerOptions {
  readonly db: Queryable
  readonly endSessions: EndSessions
  readonly closing: AbortSignal
  /** Called with the reason why sessions could not be ended; they are tried again. */
  readonly onError: (error: unknown) => void
}

interface Due {
  readonly accountId: string
  readonly workosUserId: string
  readonly organizationId: string | null
  readonly cutoff: Date
  readonly attempts: number
  /** Whether the account must not be let in: then no session may remain. */
  readonly keptOut: boolean
}

/** Checked this often, and when the bell rings, but never closer together than the second. */
const INTERVAL_MS = 5_000
const CLOSEST_MS = 250
const AT_ONCE = 8
/** How long an instance holds one; if its process is killed meanwhile, this is the delay. */
const LEASE_S = 120
/** Unless WorkOS asks for a longer one. */
const LONGEST_PAUSE_S = 300

/**
 * Works off what queue-revocations.ts has recorded, until it is done; any number of instances share the work. Sessions
 * begun after a person returned are kept; while the account must not be let in, none is.
 */
export function startSessionRevoker({ db, endSessions, closing, onError }: SessionRevokerOptions): Rounds {
  async function endOne(due: Due): Promise<void> {
    const { workosUserId, organizationId, cutoff, keptOut } = due
    try {
      await endSessions({ workosUserId, organizationId, begunBefore: keptOut ? null : cutoff })
      await db.query({ name: 'sessions-ended', text: DONE, values: [due.accountId, workosUserId, cutoff] })
    } catch (error) {
      if (closing.aborted) return // the lease expires by itself
      onError(error)
      const pause = Math.max(Math.min(2 ** (due.attempts - 1), LONGEST_PAUSE_S), restAfter(error) / 1000)
      const message = errorText(error)
      const values = [due.accountId, workosUserId, cutoff, pause, message.slice(0, 500)]
      await db.query({ name: 'sessions-not-ended', text: NOT_YET, values })
    }
  }

  return createRounds({
    intervalMs: INTERVAL_MS,
    closestMs: CLOSEST_MS,
    closing,
    onError,
    round: async (stopped) => {
      while (!stopped()) {
        const { rows } = await db.query<Due>({ name: 'take-sessions-to-end', text: TAKE, values: [AT_ONCE, LEASE_S] })
        if (rows.length === 0) return
        await Promise.all(rows.map(endOne))
      }
    },
  })
}

const TAKE = `
  with taken as materialized (
    select account_id, workos_user_id from session_revocation
    where done_at is null and next_attempt_at <= now()
    order by next_attempt_at limit $1 for update skip locked
  )
  update session_revocation s
  set attempts = s.attempts + 1, next_attempt_at = clock_timestamp() + $2 * interval '1 second'
  from account a, taken t
  where a.id = s.account_id and s.account_id = t.account_id and s.workos_user_id = t.workos_user_id
  returning s.account_id as "accountId", s.workos_user_id as "workosUserId", s.organization_id as "organizationId", s.cutoff,
            s.attempts, a.state <> 'ACTIVE' and a.workos_user_id is not distinct from s.workos_user_id as "keptOut"`

// Not if it was requested again meanwhile.
const THIS = 'account_id = $1 and workos_user_id = $2 and cutoff = $3 and done_at is null'

const DONE = `update session_revocation set done_at = clock_timestamp(), error = null where ${THIS}`

const NOT_YET = `
  update session_revocation set next_attempt_at = clock_timestamp() + $4 * interval '1 second', error = $5 where ${THIS}`
