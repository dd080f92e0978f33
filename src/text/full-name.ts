/** The parts of a name as one text, without those that are blank; null if all are. */
export function fullName(...parts: readonly (string | null | undefined)[]): string | null {
  return parts.filter((part) => part != null && part.trim() !== '').join(' ') || null
}
