import type { Random } from './random.ts'

export const apiFaults = [
  'rateLimited',
  'serverError',
  'slow',
  'notFound',
  'expiredCursor',
  'emptyPage',
  'truncatedPage',
  'cyclingCursor',
  'ignoredFilter',
  'brokenBody',
] as const
export const deliveryFaults = ['dropped', 'duplicated', 'late', 'reordered'] as const
export const faultNames = [...apiFaults, ...deliveryFaults] as const

export type FaultName = (typeof faultNames)[number]

export type Fault = {
  /** Strikes so many times and is then over. */
  count?: number | undefined
  /** Strikes with this probability; 1 if absent. */
  probability?: number | undefined
  /** For `slow` (default 1,000) and `late` (default 2,000), and how long a `reordered` delivery waits for a later one. */
  delayMs?: number | undefined
  /** Only requests whose path begins so, only events of this name. */
  match?: string | undefined
}

export type Faults = ReturnType<typeof createFaults>

/** What goes wrong, on request only. */
export function createFaults(random: Random) {
  const active = new Map<FaultName, Fault>()
  const struck = new Map<FaultName, number>()

  /** The fault, if it strikes this subject (a path or an event name) now. */
  function strike(name: FaultName, subject: string): Fault | null {
    const fault = active.get(name)
    if (fault === undefined || !subject.startsWith(fault.match ?? '')) return null
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
    /** Null takes a fault away; names not given stay as they are. */
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
