/**
 * A text as people compare it: without accents and case, spaces once. Cut at `limit` characters, since the result goes
 * into indexes, where PostgreSQL takes some 2,700 bytes at the most.
 */
export function fold(text: string, limit: number): string {
  if (IS_PLAIN.test(text)) return text.toLowerCase().slice(0, limit)
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, limit)
    .toWellFormed()
}

// Nearly all are: visible characters of ASCII, with single spaces between them. Nothing else has to be looked at then.
const IS_PLAIN = /^[!-~]+(?: [!-~]+)*$/
