import { fold } from '../../text/fold.ts'
import type { Condition } from './listing.ts'

const MAX_WORDS = 10

/**
 * The conditions that a column of folded text, which has a trigram index, contains all these words, in any order and
 * anywhere.
 */
export function searched(column: string, search: string | null | undefined): Condition[] {
  const words = fold(search ?? '', 200)
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS)
  return words.map((word) => ({
    sql: `strpos(${column}, ?) > 0`,
    value: word,
    foundBy: trigramsOf(word).map((trigram) => ({ sql: `${column} like ?`, value: `%${trigram}%` })),
  }))
}

// For each trigram the index reads a posting list, which may hold a tenth of all rows. Searching for the word itself
// would read one per letter; a third of them already excludes nearly every row that does not contain the word.
function trigramsOf(word: string): string[] {
  const letters = Array.from(word)
  const starts = new Set<number>()
  for (let at = 0; at + 3 <= letters.length; at += 3) starts.add(at).add(letters.length - 3)
  const pieces = Array.from(starts, (at) => letters.slice(at, at + 3).join(''))
  return pieces.filter((piece) => /^[\p{L}\p{N}]+$/u.test(piece))
}
