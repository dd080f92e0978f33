/**
 * Normalizes a text for searching and sorting: lower case, no accents, plain letters, single spaces. Cut at `limit`
 * characters, since the result goes into indexes, where PostgreSQL takes at most some 2,700 bytes.
 */
export function fold(text: string, limit: number): string {
  if (!IS_SPECIAL.test(text)) return text.toLowerCase().slice(0, limit)
  const folded = withoutAccents(text).replaceAll(UNACCENTED, (letter) => PLAIN[letter]!)
  return folded.slice(0, limit).toWellFormed()
}

/**
 * Normalizes an e-mail address: like `fold`, but letters such as ø, which distinguish addresses, are kept. Linking
 * looks addresses up by this form, also among those that an instance of an older version has written.
 */
export function foldAddress(email: string): string {
  if (!IS_SPECIAL.test(email)) return email.toLowerCase().slice(0, 320)
  return withoutAccents(email).slice(0, 320).toWellFormed()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim()
}

// Nearly all texts contain none of this: only visible ASCII characters, and single spaces between them.
const IS_SPECIAL = /[^ -~]| {2}|^ | $/

// Letters of which Unicode takes nothing off as an accent, as PostgreSQL's unaccent writes them. Another letter here
// needs a migration: what has been folded is stored.
const PLAIN: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'q',
  ƶ: 'z',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ß: 'ss',
}
const UNACCENTED = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'g')
