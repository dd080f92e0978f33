const LONGEST_ID = 200

// Control characters, halves of characters, and what stands for bytes that are no UTF-8: in a file of another encoding
// `josé` and `josè` would become one id.
const UNUSABLE = /[\p{Cc}\p{Cs}\uFFFD]/u

/**
 * What ids that the application or AuthKit gives must be, whichever way they come: else what is exported could not be
 * imported.
 */
export const GIVEN_ID = `must have 1 to ${LONGEST_ID} characters, none of them a control character or U+FFFD, and no space around them`

export function isGivenId(id: string): boolean {
  return id.length >= 1 && id.length <= LONGEST_ID && !UNUSABLE.test(id) && id.trim() === id
}
