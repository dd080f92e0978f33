import type { Log } from './log.ts'
import type { SnapshotOptions } from '../workos/snapshot.ts'

const MOST = 20

/** One line per page from WorkOS with objects that could not be read completely. */
export function logUnread(log: Log): SnapshotOptions['onUnread'] {
  return (path, unread) =>
    log.warn({ path, objects: unread.length, unread: unread.slice(0, MOST) }, 'not read completely')
}
