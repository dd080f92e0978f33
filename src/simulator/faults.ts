import type { Random } from './random.ts'

/** What each fault does. */
export const apiFaults = {
  rateLimited: 'answers 429 with Retry-After',
  serverError: 'answers 500',
  outage: 'answers 503 with a page of HTML, as a proxy does',
  hangUp: 'breaks the connection without an answer',
  slow: 'answers after delayMs, by default 1,000',
  notFound: 'answers 404',
  expiredCursor: 'takes a cursor of the Events API for forgotten',
  emptyPage: 'gives an empty page that says it is the last',
  truncatedPage: 'gives half a page that says it is the last',
  cyclingCursor: 'gives a page that leads back to its own beginning',
  ignoredFilter: 'gives the page of a list that nobody has filtered',
  brokenBody: 'sends half of the body',
} as const
export const deliveryFaults = {
  dropped: 'is never sent; the Events API has it',
  duplicated: 'is sent twice',
  late: 'is sent after delayMs, by default 2,000',
  reordered: 'is sent after the next one, or after delayMs if none comes',
} as const
export const faultNames = [...namesOf(apiFaults), ...namesOf(deliveryFaults)] as const

function namesOf<Name extends string>(faults: Record<Name, string>): Name[] {
  return Object.keys(faults) as Name[]
}

export type FaultName = (typeof faultNames)[number]

interface Fault {
  /** Lets this many pass first, so that a list breaks off in the middle. */
  after?: number | undefined
  /** Strikes this many times and is then over. */
  count?: number | undefined
  /** Strikes with this probability; 1 if absent. */
  probability?: number | undefined
  /**
   * For `slow` (default 1,000) and `late` (default 2,000); for `reordered`, how long a delivery waits for a later one.
   */
  delayMs?: number | undefined
  /** Only requests whose path starts with this, or events whose name does. */
  match?: string | undefined
}

export type Faults = ReturnType<typeof createFaults>

/** Faults to inject, only on request. */
export function createFaults(random: Random) {
  const active = new Map<FaultName, Fault>()
  const struck = new Map<FaultName, number>()

  /** Returns the fault if it strikes this subject (a path or an event name) now. */
  function strike(name: FaultName, subject: string): Fault | null {
    const fault = active.get(name)
    if (fault === undefined || !subject.startsWith(fault.match ?? '')) return null
    if (fault.after !== undefined && fault.after > 0) {
      active.set(name, { ...fault, after: fault.after - 1 })
      return null
    }
    if (fault.probability !== undefined && !random.chance(fault.probability)) return null
    if (fault.count !== undefined) {
      if (fault.count <= 1) active.delete(name)
      else active.set(name, { ...fault, count: fault.count - 1 })
    }
    struck.set(name, (struck.get(name) ?? 0) + 1)
    return fault
  }

  return {
    strike,
    /** Null removes a fault; names not given stay as they are. */
    set: (faults: Partial<Record<FaultName, Fault | null | undefined>>): void => {
      for (const name of faultNames) {
        const fault = faults[name]
        if (fault === null || fault?.count === 0) active.delete(name)
        else if (fault !== undefined) active.set(name, fault)
      }
    },
    clear: (): void => {
      active.clear()
      struck.clear()
    },
    state: (): { active: Partial<Record<FaultName, Fault>>; struck: Partial<Record<FaultName, number>> } => ({
      active: Object.fromEntries(active),
      struck: Object.fromEntries(struck),
    }),
  }
}
