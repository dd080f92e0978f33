import type { WorkOS } from '@workos-inc/node'
import * as z from 'zod'
import type { EndSessions } from '../operations/end-sessions.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import type { ServerClock } from './server-clock.ts'
import { call } from './call.ts'
import { parseTime } from './time.ts'
import { createThrottle } from './throttle.ts'

interface SessionsOptions {
  readonly workos: WorkOS
  readonly clock: ServerClock
  readonly closing: AbortSignal
}

// AuthKit takes 100 reads and 50 writes a second per environment (workos.com/docs/reference/rate-limits), from the
// product itself and from all instances: one instance leaves more than half of it.
const READS_PER_SECOND = 40
const WRITES_PER_SECOND = 20

const LIMIT = 100
/** How often one user's sessions are listed until none is left to end. */
const MAX_ROUNDS = 5

const Session = z.object({
  id: z.string().min(1),
  organizationId: z.string().nullish(),
  status: z.string(),
  createdAt: z.string().transform((text, context) => {
    const time = parseTime(text)
    if (time === null) context.addIssue({ code: 'custom', message: 'must be a time' })
    return time ?? new Date(0)
  }),
})
const Page = z.object({
  data: z.array(Session),
  listMetadata: z.object({ after: z.string().nullish() }).optional(),
})
type Session = z.infer<typeof Session>

/**
 * Ends AuthKit sessions with the SDK: lists them and revokes each, until a list holds none that should end. Throws
 * UpstreamError: what was ended by then stays ended, and the call may be repeated.
 */
export function createEndSessions({ workos, clock, closing }: SessionsOptions): EndSessions {
  const readTurn = createThrottle(READS_PER_SECOND, closing)
  const writeTurn = createThrottle(WRITES_PER_SECOND, closing)

  async function page(userId: string, after: string | null): Promise<z.infer<typeof Page>> {
    await readTurn('sessions')
    return call(async () => {
      const options = { limit: LIMIT, order: 'asc' as const, ...(after !== null && { after }) }
      const { data, listMetadata } = await workos.userManagement.listSessions(userId, options)
      return Page.parse({ data, listMetadata })
    })
  }

  async function list(userId: string): Promise<Session[]> {
    const sessions: Session[] = []
    const followed = new Set<string | null>()
    let after: string | null = null
    do {
      const { data, listMetadata }: z.infer<typeof Page> = await page(userId, after)
      sessions.push(...data)
      followed.add(after)
      const next = listMetadata?.after ?? null
      after = followed.has(next) ? null : next // of a circle, what it lists is ended first; then the list is read anew
    } while (after !== null)
    return sessions
  }

  async function revoke(sessionId: string): Promise<void> {
    await writeTurn('sessions')
    // WorkOS may refuse one that has ended meanwhile. The next list says whether it has.
    await call(() => workos.userManagement.revokeSession({ sessionId })).catch(unless([400, 404, 409, 422], undefined))
  }

  return async ({ workosUserId, organizationId, begunBefore }) => {
    // The clock may be a second too early, and ending one session too many is the lesser harm.
    const before = begunBefore === null ? null : new Date(clock.at(begunBefore).getTime() + 1_000)
    const isTheirs = (session: Session) => (session.organizationId ?? organizationId) === organizationId
    const isOld = ({ createdAt }: Session) => before === null || createdAt <= before
    let ended = 0
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const sessions = await list(workosUserId).catch(unless<Session[]>([404], []))
      const open = sessions
        .filter(({ status }) => status === 'active')
        .filter(isTheirs)
        .filter(isOld)
      if (open.length === 0) return ended
      for (const { id } of open) await revoke(id)
      ended += open.length
    }
    throw new UpstreamError('WorkOS still lists sessions that were revoked', { retryable: true })
  }
}

function unless<Value>(statuses: readonly number[], instead: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof UpstreamError && error.status !== null && statuses.includes(error.status)) return instead
    throw error
  }
}
