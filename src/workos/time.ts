// "2026-06-25T19:07:33.155Z", and the older "2023-04-28 20:05:31.093" and "2020-05-06 04:21:48.649164", which are UTC
// without saying so: `new Date` would take them for local time. PostgreSQL, which the latter looks like, says "+00".
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/i

/**
 * Parses a time as WorkOS writes it, to the millisecond. Without a zone it is UTC. Null if the text is not a time, or
 * is of a year that PostgreSQL does not accept as JavaScript writes it.
 */
export function parseTime(text: string): Date | null {
  const parts = TIME.exec(text)
  if (parts === null) return null
  const [, day, clock, fraction = '', zone = 'Z'] = parts
  const time = new Date(
    `${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.length === 3 ? `${zone}:00` : zone.toUpperCase()}`,
  )
  const year = time.getUTCFullYear() // NaN if there is no such time
  return year >= 1 && year <= 9999 ? time : null
}
