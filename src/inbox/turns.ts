/** What one loop of a worker is doing, from looking for work until it is done. */
export interface Turn {
  /** Whether another loop of this worker has taken that directory. */
  isTaken(directoryId: string): boolean
  /** Whether another loop is doing something that takes long: then there is much to do. */
  othersAreLong(): boolean
  /** Reports what it has taken. */
  took(directoryIds: Iterable<string>, events: number): void
  /** Reports that it continues with something other than events: others must look for what comes from now on. */
  leave(): void
  end(): void
}

/** What the loops of one worker are doing, so that none is woken for what another one will handle in a moment. */
export interface Turns {
  begin(): Turn
  /** Whether a loop will soon look for events of these directories without being woken. */
  seeTo(directoryIds: readonly string[] | undefined): boolean
}

// Below this size and duration it is faster to let new events wait and be applied together afterwards than in parallel
// transactions: each has the same dozens of statements, and all wait for the same rows.
const FEW = 250
const SHORT_MS = 50

/**
 * `onLong` is called when a turn that was presumed short is not: another loop must then do what it would have done
 * afterwards.
 */
export function createTurns(onLong: () => void): Turns {
  const underWay = new Set<{ isShort: boolean; directoryIds: ReadonlySet<string> }>()
  const isTaken = (id: string) => underWay.values().some(({ directoryIds }) => directoryIds.has(id))

  return {
    begin() {
      const own = { isShort: true, directoryIds: new Set<string>() }
      const isLong = () => {
        clearTimeout(timer)
        own.isShort = false
        onLong()
      }
      const timer = setTimeout(isLong, SHORT_MS)
      underWay.add(own)
      return {
        isTaken,
        othersAreLong: () => underWay.values().some((other) => other !== own && !other.isShort),
        took(directoryIds, events) {
          own.directoryIds = new Set(directoryIds)
          if (events > FEW && own.isShort) isLong()
        },
        leave() {
          own.directoryIds = new Set()
          if (own.isShort) isLong()
        },
        end() {
          clearTimeout(timer)
          underWay.delete(own)
        },
      }
    },
    seeTo(directoryIds) {
      if (underWay.values().some(({ isShort }) => isShort)) return true
      return directoryIds !== undefined && directoryIds.every(isTaken)
    },
  }
}
