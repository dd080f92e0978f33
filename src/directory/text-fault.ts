/**
 * What keeps a text out of PostgreSQL, for which no text has U+0000 in it; null where nothing does. Half of a surrogate
 * pair would not stay out: sent as UTF-8 it becomes U+FFFD, and two texts one.
 */
export function textFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain U+0000'
  return text.isWellFormed() ? null : 'must not contain half of a surrogate pair'
}
