/**
 * Returns the form by which addresses are compared: ASCII letters are case-insensitive and nothing else is folded.
 * Search folds more, but josé@ must not be let in as jose@, nor a person who writes mike@ with a Kelvin sign, which
 * Unicode lower-cases to a k.
 */
export function sameAddress(email: string): string {
  return email.trim().replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
