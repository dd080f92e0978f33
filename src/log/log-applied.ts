import type { ApplyLog } from '../inbox/apply-due.ts'
import type { Log } from './log.ts'

/** One line per applied batch, and one per failure: ids and numbers, no personal data. */
export function logApplied(log: Log): ApplyLog {
  return {
    applied(batch, milliseconds) {
      const count = (status: string) => batch.marks.filter((mark) => mark.status === status).length
      log.info(
        {
          directories: batch.directoryIds,
          events: batch.marks.length,
          applied: count('APPLIED'),
          stale: count('STALE'),
          failed: count('FAILED'),
          held: batch.held,
          changes: batch.appended?.drafts.length ?? 0,
          ms: Math.round(milliseconds * 10) / 10,
        },
        'applied',
      )
      for (const { id, status, error } of batch.marks)
        if (status === 'FAILED') log.warn({ event: id, error }, 'event failed')
    },
    failed: (eventId, error) => log.error({ event: eventId, error }, 'apply failed'),
  }
}
