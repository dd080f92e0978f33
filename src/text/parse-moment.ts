const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/**
 * Parses an RFC 3339 time; null for everything else, such as a year or a word, and for a date that does not exist,
 * which JavaScript would take for another one (5.7). Leap seconds are refused: a Date has none.
 */
export function parseMoment(text: string): Date | null {
  const [, date, time, fraction = '', zone] = RFC_3339.exec(text) ?? []
  if (date === undefined || !exists(date)) return null
  return new Date(`${date}T${time}${fraction}${zone!.toUpperCase()}`)
}

const exists = (date: string): boolean => new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) ?? false
