import { fold } from '../../directory/fold.ts'
import type { Condition } from './listing.ts'

const MOST_WORDS = 10

/** That a column of folded texts, which has an index of trigrams, holds all these words, in any order and anywhere. */
export function searched(column: string, search: string | null | undefined): Condition[] {
  const words = fold(search ?? '', 200)
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS)
  return words.map((word) => ({
    sql: `strpos(${column}, ?) > 0`,
    value: word,
    foundBy: trigramsOf(word).map((trigram) => ({ sql: `${column} like ?`, value: `%${trigram}%` })),
  }))
}

// For each trigram the index reads a list, on which a tenth of all rows may be. Asked for the word itself it would read
// one for each of its letters; a third of them lets hardly any row pass that does not hold the word.
function trigramsOf(word: string): string[] {
  const letters = Array.from(word)
  const starts = new Set<number>()
  for (let at = 0; at + 3 <= letters.length; at += 3) starts.add(at).add(letters.length - 3)
  const pieces = Array.from(starts, (at) => letters.slice(at, at + 3).join(''))
  return pieces.filter((piece) => /^[\p{L}\p{N}]+$/u.test(piece))
}
