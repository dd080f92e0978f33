/**
 * Addresses that are one person's have the same of this: case does not count, and nothing else is folded. What people are
 * searched by folds accents too, and josé@ must not be let in as jose@.
 */
export function sameAddress(email: string): string {
  return email.trim().toLowerCase()
}
