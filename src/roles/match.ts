import { RE2JS } from 're2js'
import type { GroupMatchKind } from '../directory/role-mappings.ts'

/** What a mapping looks for. */
export interface Match {
  readonly match: GroupMatchKind
  readonly value: string
}

/** What of a group a mapping looks at. */
export interface Matchable {
  readonly id: string
  readonly name: string
}

/** Longest pattern, in characters. */
export const LONGEST_PATTERN = 500
/** Longest name that a pattern is tried on: no identity provider allows as much. */
export const LONGEST_NAME = 500
// Steps that a pattern may take per character: `\\pL{1000}` would take a thousand, on each of a hundred thousand groups.
const LARGEST_PROGRAM = 300

/**
 * Whether a group is what a mapping looks for; false for mappings by attribute. Names are compared letter by letter. A pattern
 * may match anywhere in the name, and is RE2's: it takes time in proportion to the name, whatever either of them is. A
 * pattern that is none matches nothing.
 */
export function matchesGroup({ match, value }: Match, group: Matchable): boolean {
  switch (match) {
    case 'GROUP_ID':
      return group.id === value
    case 'NAME_EQUALS':
      return group.name === value
    case 'NAME_PREFIX':
      return group.name.startsWith(value)
    case 'NAME_REGEX':
      return group.name.length <= LONGEST_NAME && (compile(value)?.matcher(group.name).find() ?? false)
    case 'ATTRIBUTE_EQUALS':
      return false
  }
}

/** Why a text is no pattern; null where it is one. */
export function whyNoPattern(pattern: string): string | null {
  if (pattern.length > LONGEST_PATTERN) return `must have ${LONGEST_PATTERN} characters at the most`
  const regex = compile(pattern)
  if (regex === null) return 'is not a pattern of RE2'
  return regex.programSize() > LARGEST_PROGRAM ? 'is too large: it repeats too much' : null
}

// Compiled once: a rename looks at every mapping, and a mapping at every group.
const compiled = new Map<string, RE2JS | null>()
const MOST_COMPILED = 1_000

function compile(pattern: string): RE2JS | null {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (compiled.size >= MOST_COMPILED) compiled.clear()
  const fresh = tryCompile(pattern)
  compiled.set(pattern, fresh)
  return fresh
}

function tryCompile(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return null // said by whyNoPattern where somebody can act on it
  }
}
