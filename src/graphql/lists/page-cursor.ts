import { textFault } from '../../text/text-fault.ts'
import { ValidationError } from '../errors.ts'
import type { Keyset, Order, Row } from './listing.ts'

// A cursor holds a row's position, not the row: paging continues from there even if the row has moved or is gone.
export function writeCursor(order: Order, { sortKey, id }: Row<{ id: string }>): string {
  return Buffer.from(JSON.stringify([order.name, sortKey, id])).toString('base64url')
}

/** Returns null if none is given. Throws ValidationError, which names the argument. */
export function readCursor(argument: string, cursor: string | null | undefined, order: Order): Keyset | null {
  if (cursor == null) return null
  const invalid = (message: string) => new ValidationError({ path: [argument], message })
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    parts = null // not one of ours: reported below
  }
  if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => typeof part === 'string'))
    throw invalid('is not a cursor of this list')
  const [name, value, id] = parts as [string, string, string]
  if (name !== order.name) throw invalid('is a cursor of another order')
  if (textFault(value) !== null || textFault(id) !== null) throw invalid('is not a cursor of this list')
  const key = order.type === 'timestamptz' ? readMoment(value) : value
  if (key === null) throw invalid('is not a cursor of this list')
  return { value: key, id }
}

// Converts PostgreSQL's text for a moment to RFC 3339 in UTC; null for any other text, some of which `Date.parse` would
// accept.
function readMoment(text: string): string | null {
  const parts = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)([+-]\d{2})(?::(\d{2}))?$/.exec(text)
  if (parts === null) return null
  const [, day, clock, hours, minutes = '00'] = parts
  const moment = new Date(`${day}T${clock}${hours}:${minutes}`)
  // Rejects years that PostgreSQL does not know.
  return Number.isNaN(moment.getTime()) || !/^(?!0000)\d{4}-/.test(moment.toISOString()) ? null : moment.toISOString()
}
