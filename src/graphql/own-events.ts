// Of a directory that was another organization's, whoever is bound to its present one sees no event of that time (law
// 8).
import type { Directory, InboxEvent } from '../generated/prisma/client.ts'
import type { Condition } from './lists/listing.ts'

export type Owned = Pick<Directory, 'foreignUntil'>

/** Whether an event of this directory is its present organization's. */
export function isOwnEvent({ foreignUntil }: Owned, { occurredAt, receivedAt }: InboxEvent): boolean {
  return foreignUntil === null || (occurredAt >= foreignUntil && receivedAt >= foreignUntil)
}

/** The same of a list of its events. Nothing comes in before it happens: a page ends where older ones begin. */
export function ownEvents({ foreignUntil }: Owned): Condition[] {
  return foreignUntil === null ? [] : [{ sql: 'x.received_at >= ? and x.occurred_at >= ?', value: foreignUntil }]
}
