// The mass-change guard's arithmetic, shared by sync runs and the stream of events.

export interface GuardLimits {
  /** This many may always be removed. */
  readonly minimum: number
  /** Or this percentage, if that is more. */
  readonly percent: number
}

export interface GuardRule extends GuardLimits {
  /** How long a removal counts. */
  readonly windowMs: number
}

/** How many of `all` may be removed without approval. */
function mostOf({ minimum, percent }: GuardLimits, all: number): number {
  return Math.max(minimum, Math.floor((all * percent) / 100))
}

/**
 * The smallest total of which `count` may be removed: beyond it, there is no need to count further. Null: there is
 * none, however large.
 */
export function enoughFor({ minimum, percent }: GuardLimits, count: number): number | null {
  if (count <= minimum) return 0
  return percent === 0 ? null : Math.ceil((count * 100) / percent)
}

/** How many would be removed (`count`), of how many (`all`), and how many may be (`most`). Counts, not percentages. */
interface Measure {
  readonly count: number
  readonly all: number
  readonly most: number
}

/**
 * Compares removals with the original size. `gone` were removed recently, `going` are about to be, and `there` still
 * exist, including those about to be removed.
 */
export function measureOf(limits: GuardLimits, gone: number, going: number, there: number): Measure {
  const all = there + gone
  return { count: gone + going, all, most: mostOf(limits, all) }
}

export interface Burst {
  readonly users: Measure
  readonly memberships: Measure
}

export const isTooMuch = ({ count, most }: Measure): boolean => count > most

/** Why the guard stopped something, in plain words; `how` says what the count covers. */
export function reasonOf({ users, memberships }: Burst, how: string): string {
  const reasons = [
    isTooMuch(users) &&
      `${users.count} of ${users.all} active users would be offboarded ${how}; the limit is ${users.most}`,
    isTooMuch(memberships) &&
      `${memberships.count} of ${memberships.all} memberships would be removed ${how}; the limit is ${memberships.most}`,
  ]
  return reasons.filter((reason) => reason !== false).join('. ')
}
