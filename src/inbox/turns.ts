/** What one loop of a worker is at, from looking for work until it is done. */
export interface Turn {
  /** Whether another loop of this worker has taken that directory. */
  isTaken(directoryId: string): boolean
  /** Whether another loop is at something that takes long: then there is much to do. */
  othersAreLong(): boolean
  /** Tells what it has taken. */
  took(directoryIds: Iterable<string>, events: number): void
  /**
   * Tells that it goes on with something else than events: whatever comes from now on is somebody else's to look for.
   */
  leave(): void
  end(): void
}

/** What the loops of one worker are at, so that nobody is woken for what another one sees to in a moment. */
export interface Turns {
  begin(): Turn
  /** Whether somebody looks for events of these directories soon, without being told. */
  seeTo(directoryIds: readonly string[] | undefined): boolean
}

// So few events, and so short a time, that whatever comes meanwhile is applied sooner together, when they are done,
// than in transactions beside them: each has the same dozens of statements, and all wait for the same rows.
const FEW = 250
const SHORT_MS = 50

/**
 * `onLong` is called when a turn that was taken for a short one is not: what it was to see to afterwards is somebody
 * else's.
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
