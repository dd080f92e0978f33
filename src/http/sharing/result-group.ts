import type { ExecutionResult } from 'graphql'
import type { Feed, FeedItem, Lease } from '../../changes/feed.ts'
import { nobody } from './nobody.ts'
import { resumed, type SharedOperation } from './shared-operation.ts'

/** One of those who are told the same. */
export interface Member {
  /** What is up to there, it has been told. */
  readonly position: number
  /** Tells it; false where it has not taken yet what it was told before. */
  take(result: ExecutionResult): boolean
  /** It is not told on: it goes on from a position by itself. */
  leaveBehind(position: number): void
  /** Nobody is told anything any more. */
  fail(error: unknown): void
}

/** A subscription that is executed once for many who are all up to date. */
export interface ResultGroup {
  /** What is executed for all. */
  readonly operation: SharedOperation
  /** Gives false to whom would miss something: it has to read on, and to come again. */
  join(member: Member): boolean
  leave(member: Member): void
}

/** Begins to follow the log after a position, and ends with its last member: then `onEnd` is called. */
export function startResultGroup(
  operation: SharedOperation,
  feed: Feed,
  position: number,
  onEnd: () => void,
): ResultGroup {
  const members = new Set<Member>()
  const over = new AbortController()
  let told = position
  let item: FeedItem | null = null // of the result that comes next: one is made for each, and the next is taken when it is told

  function tell(result: ExecutionResult): void {
    const { position } = item!
    // A change is told to whom has all before it. What a gap stands for, nobody has.
    const before = 'discontinuity' in item! ? told : position - 1
    told = position
    for (const member of members) {
      if (member.position >= position || member.take(result)) continue
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
    if (!(Symbol.asyncIterator in results)) throw results.errors?.[0] ?? new Error('A subscription gave no results')
    for await (const result of results) tell(result)
    if (!over.signal.aborted) throw new Error('A subscription has ended by itself')
  }

  run().catch((error: unknown) => {
    end()
    for (const member of members) member.fail(error)
    members.clear()
  })

  return {
    operation,
    join(member) {
      if (member.position < told) return false
      members.add(member)
      return true
    },
    leave(member) {
      if (members.delete(member) && members.size === 0) end()
    },
  }
}
