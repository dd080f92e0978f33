import { sizeOfPattern, type Match } from './match.ts'

/**
 * Steps that the patterns of one owner may take together, per character of a name. Trying all of them on the longest
 * name then takes some milliseconds, whatever they are.
 */
export const MAX_STEPS = 1_000

/** Steps that the patterns of mappings take together, per character of a name. */
export function stepsOf(mappings: readonly Match[]): number {
  return mappings.reduce((sum, { match, value }) => sum + (match === 'NAME_REGEX' ? sizeOfPattern(value) : 0), 0)
}
