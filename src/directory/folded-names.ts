import { fold, foldAddress } from '../text/fold.ts'
import { fullName } from '../text/full-name.ts'

/** A person's names; null or absent if unknown. */
interface Names {
  readonly firstName: string | null
  readonly lastName: string | null
  readonly name?: string | null
  readonly email: string | null
  readonly username?: string | null
}

/** What people are sorted and searched by: columns of the tables of directory users and of accounts. */
interface FoldedNames {
  /** Family name first. */
  readonly sort_name: string
  readonly sort_email: string
  readonly search_text: string
}

export function foldedNames({ firstName, lastName, name = null, email, username = null }: Names): FoldedNames {
  return {
    sort_name: fold(fullName(lastName, firstName) ?? name ?? '', 200),
    sort_email: foldAddress(email ?? ''),
    search_text: fold(fullName(firstName, lastName, name, email, username) ?? '', 1000),
  }
}
