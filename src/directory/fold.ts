/**
 * A text as people compare it: without accents and case, spaces once. Cut at `limit` characters, since the result goes
 * into indexes, where PostgreSQL takes some 2,700 bytes at the most.
 */
export function fold(text: string, limit: number): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, limit)
    .toWellFormed()
}
