import { createWorkosApi } from '../workos/api.ts'
import { hearRest } from '../workos/call.ts'
import { createWorkos, type WorkosOptions } from '../workos/client.ts'
import { createComplete } from '../workos/complete.ts'
import { createGeneratePortalLink } from '../workos/portal.ts'
import { createServerClock } from '../workos/server-clock.ts'
import { createEndSessions } from '../workos/sessions.ts'
import { createVerify } from '../workos/verify.ts'
import type { Base } from './base.ts'

/**
 * Connects the WorkOS API and its signature checks. Every response is counted, and yields WorkOS's time and how long to
 * stay away.
 */
export function connectWorkos(base: Base, options: WorkosOptions, secrets: readonly string[]) {
  const { config, metrics, now, onError } = base
  const closing = base.shutdown.signal
  const { toleranceMs } = config.webhook
  // Beyond that, its signatures are rejected too.
  const clock = createServerClock(now, toleranceMs)
  const observe = (answer: Response): void => {
    clock.observe(answer.headers.get('date'))
    hearRest(answer, clock.at(now()))
    metrics.workos.answered(answer)
  }
  const connect = (retries: Partial<WorkosOptions> = {}) =>
    createWorkos({ ...options, ...retries }, observe, metrics.workos.unanswered)
  const workos = connect()
  return {
    api: createWorkosApi({ workos, clock, now, closing, pauseMs: Math.min(500, config.sync.retryMs) }),
    complete: createComplete(workos),
    verify: createVerify({ workos, secrets, toleranceMs, now }),
    // The session revoker retries by itself.
    endSessions: createEndSessions({ workos: connect({ maxRetries: 0 }), clock, closing }),
    generatePortalLink: createGeneratePortalLink({
      // A caller waits for the answer: one more attempt for a broken connection; any further ones are up to them.
      workos: connect({ maxRetries: 1 }),
      now,
      onError: onError('portal link'),
    }),
  }
}

export type Workos = ReturnType<typeof connectWorkos>
