/**
 * Why a text cannot be stored in PostgreSQL, which does not accept U+0000; null if it can. A lone surrogate would be
 * accepted, but becomes U+FFFD when sent as UTF-8, and two different texts would become equal.
 */
export function textFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain U+0000'
  return text.isWellFormed() ? null : 'must not contain half of a surrogate pair'
}
