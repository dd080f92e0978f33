import { matches, type ChangeFilter } from './filter.ts'
import type { StoredChange } from './read.ts'

/** Finds who wants a change by what they filter on, without asking each of them. */
interface FilterIndex<Value> {
  add(filter: ChangeFilter, value: Value): { remove(): void }
  /** The values of all filters that match a change. */
  find(change: StoredChange): Value[]
  /** The values of all filters. */
  all(): Value[]
  size(): number
  clear(): void
}

type Criterion = Exclude<keyof ChangeFilter, 'kinds'>

// The rarest first: a filter is stored under the first of them that it has.
const FIELDS = [
  ['directoryUserId', 'directoryUserId'],
  ['accountId', 'accountId'],
  ['directoryGroupId', 'directoryGroupId'],
  ['directoryId', 'directoryId'],
  ['organizationId', 'organizationId'],
  ['viewerOrganizationId', 'organizationId'],
] as const satisfies readonly (readonly [Criterion, keyof StoredChange])[]

interface Entry<Value> {
  readonly filter: ChangeFilter
  readonly value: Value
}

export function createFilterIndex<Value>(): FilterIndex<Value> {
  // By criterion and wanted value; filters by kinds alone under each kind, and those without criteria under ALL.
  const places = new Map<string, Set<Entry<Value>>>()
  let size = 0

  function put(place: string, entry: Entry<Value>): void {
    const entries = places.get(place) ?? new Set()
    places.set(place, entries.add(entry))
  }

  function take(place: string, entry: Entry<Value>): void {
    const entries = places.get(place)
    entries?.delete(entry)
    if (entries?.size === 0) places.delete(place)
  }

  return {
    add(filter, value) {
      const entry = { filter, value }
      const under = placesOf(filter)
      for (const place of under) put(place, entry)
      size += 1
      let there = true
      return {
        remove() {
          if (!there) return
          there = false
          size -= 1
          for (const place of under) take(place, entry)
        },
      }
    },
    find(change) {
      const found: Value[] = []
      const look = (place: string) => {
        for (const { filter, value } of places.get(place) ?? []) if (matches(filter, change)) found.push(value)
      }
      for (const [criterion, field] of FIELDS) if (change[field] !== null) look(`${criterion} ${change[field]}`)
      look(`kind ${change.kind}`)
      look(ALL)
      return found
    },
    all: () => [...new Set([...places.values()].flatMap((entries) => [...entries]))].map(({ value }) => value),
    size: () => size,
    clear() {
      places.clear()
      size = 0
    },
  }
}

const ALL = ''

function placesOf(filter: ChangeFilter): string[] {
  for (const [criterion] of FIELDS) {
    const wanted = filter[criterion]
    if (wanted !== undefined) return [`${criterion} ${wanted}`]
  }
  return filter.kinds === undefined ? [ALL] : [...new Set(filter.kinds)].map((kind) => `kind ${kind}`)
}
