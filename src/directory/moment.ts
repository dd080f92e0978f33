const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

/** Parses an RFC 3339 time; null for everything else, such as a year or a word. */
export function parseMoment(text: string): Date | null {
  const moment = RFC_3339.test(text) ? new Date(text) : null
  return moment === null || Number.isNaN(moment.getTime()) ? null : moment
}
