/** When each of many objects last changed. */
interface LatestMoments {
  /** Moments must be noted in order. */
  note(id: string, moment: number): void
  noteAll(moment: number): void
  /** The last moment noted of an object; for one that is not remembered, a moment at least as late. */
  of(id: string): number
}

/** Remembers at most `most` objects: the one that has not changed for the longest is forgotten first. */
export function createLatestMoments(most: number): LatestMoments {
  const moments = new Map<string, number>() // in the order of the moments
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
