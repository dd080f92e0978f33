/**
 * A text as people compare it: without accents and case, with single spaces. Cut at `limit` characters, since the
 * result goes into indexes, where PostgreSQL takes at most some 2,700 bytes.
 */
export function fold(text: string, limit: number): string {
  if (!IS_SPECIAL.test(text)) return text.toLowerCase().slice(0, limit)
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, limit)
    .toWellFormed()
}

// Nearly all texts contain none of this: only visible ASCII characters, and single spaces between them.
const IS_SPECIAL = /[^ -~]| {2}|^ | $/
