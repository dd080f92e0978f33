/** When each of many was last changed. */
export interface LatestMoments {
  /** Moments come in their order. */
  note(id: string, moment: number): void
  noteAll(moment: number): void
  /** The last one noted of it; of what is not remembered, one that is as late at the least. */
  of(id: string): number
}

/** Remembers no more than so many: the one that has not changed for the longest is forgotten first. */
export function createLatestMoments(most: number): LatestMoments {
  const moments = new Map<string, number>() // by the order of the moments
  let ofOthers = 0

  return {
    note(id, moment) {
      moments.delete(id)
      moments.set(id, moment)
      if (moments.size <= most) return
      const [oldest, last] = moments.entries().next().value!
      moments.delete(oldest)
      ofOthers = last
    },
    noteAll(moment) {
      moments.clear()
      ofOthers = moment
    },
    of: (id) => moments.get(id) ?? ofOthers,
  }
}
