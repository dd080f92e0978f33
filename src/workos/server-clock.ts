/** WorkOS's clock as far as it is known here. */
export interface ServerClock {
  /** Takes in the `Date` header of an answer. */
  observe(date: string | null): void
  /** What WorkOS's clock showed at a moment of ours, or up to a second less: never more. */
  at(ours: Date): Date
}

/**
 * Learns WorkOS's clock from its answers. What a snapshot saw is compared with the times of events, and those are
 * WorkOS's: a machine whose clock is ahead would otherwise take a snapshot for newer than the events that follow it.
 */
export function createServerClock(now: () => Date): ServerClock {
  let aheadMs = 0
  return {
    observe(date) {
      const theirs = date === null ? Number.NaN : Date.parse(date)
      // The header is cut to whole seconds, and the answer was on its way: both make it earlier, as they should.
      if (!Number.isNaN(theirs)) aheadMs = theirs - now().getTime()
    },
    at: (ours) => new Date(ours.getTime() + aheadMs),
  }
}
