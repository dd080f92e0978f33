import { isDeepStrictEqual } from 'node:util'
import type { GroupObject, Json, UserObject } from './payload.ts'

// These belong to the record, not to the person or group; custom attributes are compared one level down.
const bookkeeping = ['updated_at', 'custom_attributes', 'role', 'roles']

/**
 * Returns `previous_attributes` of an update: the former values of the changed root properties and, one level down, of
 * the changed custom attributes; null for what was not there before.
 */
export function previousAttributes(before: UserObject | GroupObject, after: UserObject | GroupObject): Json {
  const previous = formerValues(before, after, bookkeeping)
  if (!('custom_attributes' in before && 'custom_attributes' in after)) return previous
  const attributes = formerValues(before.custom_attributes, after.custom_attributes, [])
  return Object.keys(attributes).length === 0 ? previous : { ...previous, custom_attributes: attributes }
}

function formerValues(before: object, after: object, skipped: readonly string[]): Json {
  const old: Json = { ...before }
  const now: Json = { ...after }
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]).difference(new Set(skipped))
  const changed = [...keys].filter((key) => !isDeepStrictEqual(old[key], now[key]))
  return Object.fromEntries(changed.map((key) => [key, old[key] ?? null]))
}
