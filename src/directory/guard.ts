// The mass-change guard's arithmetic, the same for comparisons with WorkOS and for the stream of events.

export interface GuardLimits {
  /** So many may always go. */
  readonly minimum: number
  /** Or so many of a hundred, where that is more. */
  readonly percent: number
}

export interface GuardRule extends GuardLimits {
  /** For how long what was taken away counts. */
  readonly windowMs: number
}

/** How many of `all` may go without anybody's approval. */
export function mostOf({ minimum, percent }: GuardLimits, all: number): number {
  return Math.max(minimum, Math.floor((all * percent) / 100))
}

/**
 * Of how many at the least `count` may go: whoever knows of so many need not count on. Null: of no number, however
 * large.
 */
export function enoughFor({ minimum, percent }: GuardLimits, count: number): number | null {
  if (count <= minimum) return 0
  return percent === 0 ? null : Math.ceil((count * 100) / percent)
}

/** How many would go, of how many, and how many may. */
export interface Measure {
  readonly count: number
  readonly all: number
  readonly most: number
}

/** What is gone and what is about to go, of all that there was; `there` is what still is, and has the latter in it. */
export function measureOf(limits: GuardLimits, gone: number, going: number, there: number): Measure {
  const all = there + gone
  return { count: gone + going, all, most: mostOf(limits, all) }
}

export interface Burst {
  readonly users: Measure
  readonly memberships: Measure
}

export const isTooMuch = ({ count, most }: Measure): boolean => count > most

/** Why the guard stopped something, in plain words; `how` says over what it was counted. */
export function reasonOf({ users, memberships }: Burst, how: string): string {
  const reasons = [
    isTooMuch(users) &&
      `${users.count} of ${users.all} active users would be offboarded ${how}; the limit is ${users.most}`,
    isTooMuch(memberships) &&
      `${memberships.count} of ${memberships.all} memberships would be removed ${how}; the limit is ${memberships.most}`,
  ]
  return reasons.filter((reason) => reason !== false).join('. ')
}
