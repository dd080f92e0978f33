/**
 * Ids in ascending order, which for ULIDs is the order of creation: a page of them is found without looking at the
 * rest.
 */
export interface SortedIds {
  add: (id: string) => void
  delete: (id: string) => void
  has: (id: string) => boolean
  all: () => readonly string[]
}

export function createSortedIds(): SortedIds {
  const ids: string[] = []
  const has = (id: string): boolean => ids[placeOf(ids, id)] === id
  return {
    add(id) {
      // Nearly every id is newer than all others.
      if (ids.length === 0 || id > ids.at(-1)!) ids.push(id)
      else if (!has(id)) ids.splice(placeOf(ids, id), 0, id)
    },
    delete(id) {
      if (has(id)) ids.splice(placeOf(ids, id), 1)
    },
    has,
    all: () => ids,
  }
}

/** Returns how many of the ascending ids come before the given one: where it is, or would be. */
export function placeOf(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}
