// If a directory belonged to another organization before, viewers bound to its current one see no event from that time
// (law 8). src/db/own-event.ts is the same in SQL.
import type { Directory, InboxEvent } from '../generated/prisma/client.ts'
import type { Condition } from './lists/listing.ts'

export type Owned = Pick<Directory, 'foreignUntil'>

/** Whether an event of this directory belongs to its current organization. */
export function isOwnEvent({ foreignUntil }: Owned, { occurredAt, receivedAt }: InboxEvent): boolean {
  return foreignUntil === null || (occurredAt >= foreignUntil && receivedAt >= foreignUntil)
}

/** The same for a list of its events. No event is received before it happens, so a page ends where older ones begin. */
export function ownEvents({ foreignUntil }: Owned): Condition[] {
  return foreignUntil === null ? [] : [{ sql: 'x.received_at >= ? and x.occurred_at >= ?', value: foreignUntil }]
}
