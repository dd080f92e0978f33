/** WorkOS's clock, as far as it is known here. */
export interface ServerClock {
  /** Records the `Date` header of an answer. */
  observe(date: string | null): void
  /** What WorkOS's clock showed at a moment of ours, or up to a second less: never more, if its answers are right. */
  at(ours: Date): Date
}

/**
 * Learns WorkOS's clock from its answers. Snapshots are compared with the times of events, which are WorkOS's: with a
 * clock that is ahead, this machine would otherwise take a snapshot for newer than the events that follow it. An answer
 * that is more than `mostAheadMs` ahead of this machine is not believed: if it were wrong, everything that happens
 * until then would seem old; if it were right, a snapshot would only be taken for older than it is.
 */
export function createServerClock(now: () => Date, mostAheadMs: number): ServerClock {
  let aheadMs = 0
  return {
    observe(date) {
      // The header is cut to whole seconds, and the answer took time to arrive: both make it earlier, as they should.
      const told = date === null ? Number.NaN : Date.parse(date) - now().getTime()
      if (told <= mostAheadMs) aheadMs = told
    },
    at: (ours) => new Date(ours.getTime() + aheadMs),
  }
}
