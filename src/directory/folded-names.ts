import { fold } from './fold.ts'

/** A person's names; null or absent if unknown. */
export interface Names {
  readonly firstName: string | null
  readonly lastName: string | null
  readonly name?: string | null
  readonly email: string | null
  readonly username?: string | null
}

/** What people are sorted and searched by: columns of the tables of directory users and of accounts. */
export interface FoldedNames {
  /** Family name first. */
  readonly sort_name: string
  readonly sort_email: string
  readonly search_text: string
}

export function foldedNames({ firstName, lastName, name = null, email, username = null }: Names): FoldedNames {
  const joined = (...parts: (string | null)[]) => parts.filter((part) => part !== null).join(' ')
  return {
    sort_name: fold(joined(lastName, firstName) || (name ?? ''), 200),
    sort_email: fold(email ?? '', 320),
    search_text: fold(joined(firstName, lastName, name, email, username), 1000),
  }
}
