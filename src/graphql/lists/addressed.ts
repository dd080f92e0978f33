import { sameAddress } from '../../text/same-address.ts'
import { foldAddress } from '../../text/fold.ts'
import type { Condition } from './listing.ts'

// Found by the folded address, which has an index, and compared as accounts are linked, but for the case of other
// letters: josé@ is not jose@.
const ADDRESS = 'lower(trim(x.email) collate "C")'

/** The condition that a row has this e-mail address. Those without one are stored as empty, which is no address. */
export function addressed(email: string | null | undefined): Condition[] {
  if (email == null) return []
  const folded = foldAddress(email)
  if (folded === '') return [{ sql: 'false' }]
  return [
    { sql: 'x.sort_email = ?', value: folded },
    { sql: `${ADDRESS} = any(?::text[])`, value: casesOf(email) },
  ]
}

/**
 * The condition that a row's address starts with this: as a range, which can use the order's index even in a prepared
 * statement, since U+10FFFF is the last character.
 */
export function addressedFrom(prefix: string | null | undefined): Condition[] {
  if (prefix == null || prefix === '') return []
  return [
    { sql: 'x.sort_email >= ? and x.sort_email < ? || chr(1114111)', value: foldAddress(prefix) },
    { sql: `${ADDRESS} ^@ any(?::text[])`, value: casesOf(prefix) },
  ]
}

// PostgreSQL ignores the case of ASCII letters only. The case of others is ignored if they all have the same; a Kelvin
// sign stays one, which Unicode lower-cases to a k.
function casesOf(address: string): string[] {
  const inCase = (change: (letter: string) => string) =>
    sameAddress(
      address.replaceAll(/\P{ASCII}/gu, (letter) => (/^\P{ASCII}$/u.test(change(letter)) ? change(letter) : letter)),
    )
  return [...new Set([inCase((letter) => letter.toLowerCase()), inCase((letter) => letter.toUpperCase())])]
}
