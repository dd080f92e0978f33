const LONGEST_ID = 200

// Control characters, lone surrogates, and the replacement for bytes that are not UTF-8: in a file of another encoding
// `josé` and `josè` would become the same id.
const UNUSABLE = /[\p{Cc}\p{Cs}\uFFFD]/u

/**
 * The rule for ids that the application or AuthKit gives, however they arrive: otherwise an export could not be
 * imported.
 */
export const GIVEN_ID = `must have 1 to ${LONGEST_ID} characters, none of them a control character or U+FFFD, and no space around them`

export function isGivenId(id: string): boolean {
  return id.length >= 1 && id.length <= LONGEST_ID && !UNUSABLE.test(id) && id.trim() === id
}
