import type { Json } from './objects.ts'

/** How many entries of a list are examined: no person has more addresses, but a payload may hold a hundred thousand. */
export const MAX_ENTRIES = 100

/**
 * What a pointer's tokens lead to in a document, through own properties only; undefined if nowhere. RFC 6901 selects a
 * list's entries only by index and does not define other tokens. Here they select an entry as SCIM and Google describe
 * theirs: `primary` the one that is marked so, any other token the first of that `type`, whatever its case, or of
 * several the primary one.
 */
export function valueAt(document: Json, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = document
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Array.isArray(value) ? entryAt(value, token) : own(value, token)
  }
  return value
}

/** The entry that is marked as primary. */
export function primaryOf(entries: readonly Json[]): Json | undefined {
  return entries.find((entry) => isTrue(own(entry, 'primary')))
}

// Entra ID is known to send booleans as the strings `True` and `False`.
function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function entryAt(list: readonly Json[], token: string): Json | undefined {
  if (/^(0|[1-9]\d{0,8})$/.test(token)) return list[Number(token)]
  const entries = list.slice(0, MAX_ENTRIES)
  if (token === 'primary') return primaryOf(entries)
  const ofType = entries.filter((entry) => isOfType(entry, token))
  return primaryOf(ofType) ?? ofType[0]
}

function isOfType(entry: Json, token: string): boolean {
  const type = own(entry, 'type')
  return typeof type === 'string' && type.toLowerCase() === token.toLowerCase()
}

function own(value: Json, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, key) ? value[key] : undefined
}
