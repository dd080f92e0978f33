/** WorkOS's clock as far as it is known here. */
export interface ServerClock {
  /** Takes in the `Date` header of an answer. */
  observe(date: string | null): void
  /**
   * What WorkOS's clock showed at a moment of ours, or up to a second less: never more, as far as its answers are
   * right.
   */
  at(ours: Date): Date
}

/**
 * Learns WorkOS's clock from its answers. What a snapshot saw is compared with the times of events, and those are
 * WorkOS's: a machine whose clock is ahead would otherwise take a snapshot for newer than the events that follow it. An
 * answer that is more than `mostAheadMs` ahead of this machine is not believed: were it wrong, everything that happens
 * until then would seem to be old. Were it right, a snapshot would only be taken for older than it is.
 */
export function createServerClock(now: () => Date, mostAheadMs: number): ServerClock {
  let aheadMs = 0
  return {
    observe(date) {
      // The header is cut to whole seconds, and the answer was on its way: both make it earlier, as they should.
      const told = date === null ? Number.NaN : Date.parse(date) - now().getTime()
      if (told <= mostAheadMs) aheadMs = told
    },
    at: (ours) => new Date(ours.getTime() + aheadMs),
  }
}
