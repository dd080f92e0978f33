// Law 3, older facts never win, for objects that are reported as a whole (by an event of their own) and in part
// (embedded in a membership's event). Each field keeps the value of the newest fact that mentioned it, so the result
// does not depend on the order of the facts: this is a map of last-writer-wins registers.
import { isNewer, type Version } from './version.ts'

/** What was reported about an object at one moment. What is absent from `fields` was not mentioned. */
export interface Fact<Fields> {
  readonly version: Version
  readonly fields: Partial<Fields>
}

/**
 * Fields reported after the newest whole fact: [milliseconds, fact id, the fields as bits in the order of the object's
 * field list]. Newest first; no bit is in two entries.
 */
export type OverlayEntry = readonly [at: number, id: string, fields: number]

/** What is known of an object, and since when. */
export interface Known<Fields> {
  readonly fields: Fields
  /** The newest fact that reported every field. */
  readonly whole: Version | null
  readonly overlay: readonly OverlayEntry[]
}

/** The names of an object's fields in a fixed order: overlays are stored by position, so append, never reorder. */
export type FieldList<Fields> = readonly (keyof Fields)[]

/** An object about which nothing has been reported. */
export function unknown<Fields>(defaults: Fields): Known<Fields> {
  return { fields: defaults, whole: null, overlay: [] }
}

/** Which fact a field's value comes from; null if no fact has mentioned it. */
export function versionOf<Fields>(known: Known<Fields>, list: FieldList<Fields>, field: keyof Fields): Version | null {
  const bit = 1 << list.indexOf(field)
  const entry = known.overlay.find(([, , bits]) => bits & bit)
  return entry === undefined ? known.whole : { at: entry[0], id: entry[1] }
}

/** Applies a fact. Returns the same object if every field of the fact is older than what is known. */
export function learn<Fields extends object>(
  known: Known<Fields>,
  list: FieldList<Fields>,
  fact: Fact<Fields>,
): Known<Fields> {
  const { at, id } = fact.version
  const everything = (1 << list.length) - 1
  const open = olderFields(known, fact.version, everything)
  if (open === 0) return known
  let won = 0
  const fields: Fields = { ...known.fields }
  for (let position = 0; position < list.length; position += 1) {
    const value = open & (1 << position) ? fact.fields[list[position]!] : undefined
    if (value === undefined) continue
    fields[list[position]!] = value
    won |= 1 << position
  }
  if (won === 0) return known
  if (won === everything) return { fields, whole: { at, id }, overlay: [] }

  const older = known.overlay.map(([at, id, bits]): OverlayEntry => [at, id, bits & ~won])
  const overlay = [...older, [at, id, won] as const].filter(([, , bits]) => bits !== 0).sort(newestFirst)
  // Even if newer partial facts remain on top of a whole fact, it is the newest whole one.
  const toldWhole = list.every((field) => fact.fields[field] !== undefined)
  if (!toldWhole) return { fields, whole: known.whole, overlay }
  return {
    fields,
    whole: { at, id },
    overlay: overlay.filter((entry) => isNewer({ at: entry[0], id: entry[1] }, fact.version)),
  }
}

// The fields, as bits, whose values come from facts older than `version`, or from none: see versionOf.
function olderFields<Fields>({ whole, overlay }: Known<Fields>, version: Version, everything: number): number {
  let older = isNewer(version, whole) ? everything : 0
  // Entries are newer than the whole fact, so what is newer than an entry is newer than that too.
  for (const [at, id, bits] of overlay) if (!isNewer(version, { at, id })) older &= ~bits
  return older
}

function newestFirst(a: OverlayEntry, b: OverlayEntry): number {
  return isNewer({ at: a[0], id: a[1] }, { at: b[0], id: b[1] }) ? -1 : 1
}
