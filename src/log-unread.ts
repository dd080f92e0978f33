import type { Log } from './log.ts'
import type { SnapshotOptions } from './workos/snapshot.ts'

/** One line for each page of WorkOS's that holds objects of which something could not be read. */
export function logUnread(log: Log): SnapshotOptions['onUnread'] {
  return (path, unread) => log.warn({ path, objects: unread.length, first: unread[0] }, 'not read as a whole')
}
