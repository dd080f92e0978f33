import type { ExecutionResult } from 'graphql'
import type { Feed } from '../../changes/feed.ts'
import type { FeedItem } from '../../changes/feed-reader.ts'
import type { Lease } from '../../changes/lease.ts'
import { nobody } from './nobody.ts'
import { resumed, type SharedOperation } from './shared-operation.ts'

/** A subscriber that shares its results with others. */
export interface Member {
  /** The position up to which it has received everything. */
  position: number
  /** Sends it a result; returns false if it has not consumed the previous one yet. */
  take(result: ExecutionResult): boolean
  /** Called when it no longer shares results: it continues from a position by itself. */
  leaveBehind(position: number): void
  /** Called when the group has failed: no more results follow. */
  fail(error: unknown): void
}

/** A subscription that is executed once for many up-to-date members. */
export interface ResultGroup {
  /** The operation executed for all members. */
  readonly operation: SharedOperation
  /** Returns false if the member would miss something: it has to read further and try again. */
  join(member: Member): boolean
  leave(member: Member): void
}

/** Starts following the log after a position. Ends with its last member, and then calls `onEnd`. */
export function startResultGroup(
  operation: SharedOperation,
  feed: Feed,
  position: number,
  onEnd: () => void,
): ResultGroup {
  const members = new Set<Member>()
  const over = new AbortController()
  let sentThrough = position
  // The item of the next result: each yields one result, and the next item is taken only once that was sent.
  let item: FeedItem | null = null

  function sendToAll(result: ExecutionResult): void {
    const { position } = item!
    // A change goes to members that have everything before it. No member has received the changes in a gap, whose
    // position may be lower than the last one sent.
    const isGap = 'discontinuity' in item!
    const before = isGap ? sentThrough : position - 1
    sentThrough = position
    for (const member of members) {
      if (!isGap && member.position >= position) continue
      if (member.take(result)) {
        if (isGap) member.position = position
        continue
      }
      members.delete(member)
      member.leaveBehind(Math.max(member.position, before))
    }
    if (members.size === 0) end()
  }

  function end(): void {
    if (over.signal.aborted) return
    over.abort()
    onEnd()
  }

  async function run(): Promise<void> {
    const lease = (): Lease => ({ signal: over.signal, close: () => {} })
    const source = resumed(feed, position, (delivery) => {
      item = delivery.item
    })
    const results = await operation.begin(nobody(operation.viewer), source, lease)
    if (!(Symbol.asyncIterator in results)) throw results.errors?.[0] ?? new Error('A subscription returned no results')
    for await (const result of results) sendToAll(result)
    if (!over.signal.aborted) throw new Error('A subscription ended unexpectedly')
  }

  run().catch((error: unknown) => {
    end()
    for (const member of members) member.fail(error)
    members.clear()
  })

  return {
    operation,
    join(member) {
      if (member.position < sentThrough) return false
      members.add(member)
      return true
    },
    leave(member) {
      if (members.delete(member) && members.size === 0) end()
    },
  }
}
