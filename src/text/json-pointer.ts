/** The reference tokens of a JSON Pointer (RFC 6901), none for the empty one; null for a text that is not a pointer. */
export function parsePointer(text: string): readonly string[] | null {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return null
  const tokens = text.slice(1).split('/')
  // In this order: `~01` is `~1`, not a slash.
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer with these reference tokens. */
export function toPointer(...tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
