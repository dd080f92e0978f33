import type { Arrival } from '../sync/apply-events.ts'
import { decode, type Completions, type Decoded, type LeftOut } from '../workos/decode.ts'
import type { ClaimedEvent } from './claim.ts'
import type { Mark } from './mark.ts'

/** A thin event, and what WorkOS must be asked for before it can be applied. */
export interface ThinEvent {
  readonly id: string
  readonly type: string
  readonly receivedAt: Date
  readonly directoryId: string
  readonly missing: readonly LeftOut[]
  /** Attempts so far. */
  readonly attempts: number
}

/** A claimed event that says what it is about. */
export interface ReadEvent {
  readonly raw: ClaimedEvent
  readonly decoded: Exclude<Decoded, { kind: 'malformed' }>
}

/** Reads claimed events; those that cannot be read have failed. */
export function readClaimed(
  claimed: readonly ClaimedEvent[],
  completions: Completions,
): { failed: Mark[]; read: ReadEvent[] } {
  const failed: Mark[] = []
  const read: ReadEvent[] = []
  for (const raw of claimed) {
    const decoded = decode(raw, completions)
    if (decoded.kind === 'malformed') failed.push({ id: raw.id, status: 'FAILED', error: decoded.error })
    else read.push({ raw, decoded })
  }
  return { failed, read }
}

/** Separates events that can be applied from thin ones. `unread`: what could not be read of an event, by its id. */
export function separateThin(read: readonly ReadEvent[]): {
  arrivals: Arrival[]
  unread: ReadonlyMap<string, string | null>
  thin: ThinEvent[]
} {
  const arrivals: Arrival[] = []
  const unread = new Map<string, string | null>()
  const thin: ThinEvent[] = []
  for (const { raw, decoded } of read) {
    if (decoded.kind === 'thin') thin.push({ ...raw, missing: decoded.missing })
    else {
      arrivals.push({ event: decoded.event, source: raw.source })
      unread.set(raw.id, decoded.unread)
    }
  }
  return { arrivals, unread, thin }
}
