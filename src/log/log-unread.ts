import type { Log } from './log.ts'
import type { SnapshotOptions } from '../workos/snapshot.ts'

const MOST = 20

/** One line for each page of WorkOS's that holds objects of which something could not be read. */
export function logUnread(log: Log): SnapshotOptions['onUnread'] {
  return (path, unread) =>
    log.warn({ path, objects: unread.length, unread: unread.slice(0, MOST) }, 'not read as a whole')
}
