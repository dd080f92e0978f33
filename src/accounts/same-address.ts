/**
 * Addresses that are one person's have the same of this: the case of ASCII's letters does not count, and nothing else
 * is folded. What people are searched by folds more, and neither must josé@ be let in as jose@, nor who writes mike@
 * with a Kelvin sign, which Unicode's lower case makes a k.
 */
export function sameAddress(email: string): string {
  return email.trim().replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
