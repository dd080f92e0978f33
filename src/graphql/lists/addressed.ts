import { foldAddress } from '../../directory/fold.ts'
import type { Condition } from './listing.ts'

/** The condition that a row has this e-mail address. Those without one are stored as empty, which is no address. */
export function addressed(email: string | null | undefined): Condition[] {
  if (email == null) return []
  const address = foldAddress(email)
  return [address === '' ? { sql: 'false' } : { sql: 'x.sort_email = ?', value: address }]
}
