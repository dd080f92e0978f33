import type { Json } from './objects.ts'
import { MAX_ENTRIES, primaryOf } from './pointed-value.ts'

/** How many characters of a value are kept: a department's name has no more. */
const LONGEST_TEXT = 1_000
const DEEPEST = 8

// What an object stands for: SCIM's `value` before its display name, then other providers' properties for a name.
const NAMES = ['value', 'displayName', 'display', 'name', 'descriptor', 'formatted'] as const

/**
 * A JSON value as the text that a person would read in it; null if it holds none. Surrounding spaces are removed, and
 * an empty text is not a value. Numbers and booleans are written out. A list yields its primary entry, or else the
 * first one that holds something; an object its `value`, `displayName`, `display`, `name`, `descriptor` or `formatted`,
 * in this order, or else the id at the end of its `$ref`.
 */
export function textOf(value: Json | undefined, depth = DEEPEST): string | null {
  if (typeof value === 'string') return value.trim().slice(0, LONGEST_TEXT).toWellFormed() || null
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value == null || depth === 0) return null
  const candidates = Array.isArray(value) ? entriesOf(value) : namesOf(value)
  for (const candidate of candidates) {
    const text = textOf(candidate, depth - 1)
    if (text !== null) return text
  }
  return Array.isArray(value) || !Object.hasOwn(value, '$ref') ? null : idOfReference(value.$ref)
}

/** The id that a SCIM `$ref` refers to: the end of its path. */
export function idOfReference(reference: Json | undefined): string | null {
  if (typeof reference !== 'string') return null
  const path = reference.slice(0, 2 * LONGEST_TEXT).split(/[?#]/, 1)[0]!
  return textOf(path.split('/').findLast((part) => part.trim() !== ''))
}

function entriesOf(list: readonly Json[]): Json[] {
  const entries = list.slice(0, MAX_ENTRIES)
  const primary = primaryOf(entries)
  return primary === undefined ? entries : [primary, ...entries]
}

function namesOf(object: { readonly [key: string]: Json }): Json[] {
  return NAMES.flatMap((name) => (Object.hasOwn(object, name) ? [object[name]!] : []))
}
