import type { Json } from './objects.ts'

/** Entries of a list that are looked at: nobody has more addresses, and a payload may hold a hundred thousand. */
export const MOST_ENTRIES = 100

/**
 * What a pointer's tokens lead to in a document, by own properties alone; undefined where they lead nowhere. RFC 6901
 * can take a list's entry only by its index, and leaves open what happens to other tokens. Here they choose an entry as
 * SCIM and Google describe theirs: `primary` the one that is marked so, any other token the first of that `type`,
 * whatever its case, and of several the primary one.
 */
export function valueAt(document: Json, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = document
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Array.isArray(value) ? entryAt(value, token) : own(value, token)
  }
  return value
}

/** The entry that is marked as the primary one. */
export function primaryOf(entries: readonly Json[]): Json | undefined {
  return entries.find((entry) => isTrue(own(entry, 'primary')))
}

// Entra ID is known to send booleans as the texts `True` and `False`.
function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function entryAt(list: readonly Json[], token: string): Json | undefined {
  if (/^(0|[1-9]\d{0,8})$/.test(token)) return list[Number(token)]
  const entries = list.slice(0, MOST_ENTRIES)
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
