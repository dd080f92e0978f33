import { RE2JS } from 're2js'
import { errorText } from '../text/error-text.ts'
import type { GroupMatchKind } from '../operations/role-mappings.ts'

/** What a mapping looks for. */
export interface Match {
  readonly match: GroupMatchKind
  readonly value: string
}

/** The fields of a group that a mapping looks at. */
export interface Matchable {
  readonly id: string
  readonly name: string
}

/** Longest pattern, in characters. */
const LONGEST_PATTERN = 500
/** Longest name that a pattern is tried on: no identity provider allows as much. */
export const LONGEST_NAME = 500
// Steps that a pattern may take per character: `\\pL{1000}` would take a thousand, on each of a hundred thousand
// groups.
const LARGEST_PROGRAM = 300

/**
 * Whether a group is what a mapping looks for; false for mappings by attribute. Names are compared exactly. A pattern
 * may match anywhere in the name and uses RE2, whose time is linear in the name's length, whatever the pattern. An
 * invalid pattern matches nothing.
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
      return group.name.length <= LONGEST_NAME && isFound(value, group.name)
    case 'ATTRIBUTE_EQUALS':
      return false
  }
}

/** Returns why a text is not a valid pattern; null if it is. */
export function whyNoPattern(pattern: string): string | null {
  if (pattern.length > LONGEST_PATTERN) return `must have at most ${LONGEST_PATTERN} characters`
  const fault = whyNotCompiled(pattern)
  if (fault !== null) return `is not a valid RE2 pattern: ${fault}`
  const size = sizeOfPattern(pattern)
  return size > LARGEST_PROGRAM ? `has ${size} steps; the limit is ${LARGEST_PROGRAM}: it repeats too much` : null
}

/** Steps that a pattern may take per character of a name. */
export function sizeOfPattern(pattern: string): number {
  return compile(pattern)?.regex.programSize() ?? 0
}

function isFound(pattern: string, name: string): boolean {
  const known = compile(pattern)
  if (known === null) return false
  const before = known.slow.get(name)
  if (before !== undefined) return before
  const from = performance.now()
  const found = known.regex.matcher(name).find()
  if (performance.now() - from >= SLOW_MS) remember(pattern, known, name, found)
  return found
}

interface Compiled {
  readonly regex: RE2JS
  /** Names on which it took long, and whether it matched. */
  readonly slow: Map<string, boolean>
}

// Compiled once: a rename tries every mapping, and a mapping every group.
const compiled = new Map<string, Compiled | null>()
const MAX_COMPILED = 1_000

function compile(pattern: string): Compiled | null {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (compiled.size >= MAX_COMPILED) forgetOldest()
  const fresh = tryCompile(pattern)
  compiled.set(pattern, fresh)
  return fresh
}

function tryCompile(pattern: string): Compiled | null {
  try {
    return { regex: RE2JS.compile(pattern), slow: new Map() }
  } catch {
    return null // whyNoPattern reports it where a caller can act on it
  }
}

/** In RE2's words, such as ``missing closing ): `(a` ``. */
function whyNotCompiled(pattern: string): string | null {
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    return errorText(error).replace('error parsing regexp: ', '')
  }
}

// Slow results are cached, so that holders of the mappings lock find done what was tried before.
const SLOW_MS = 0.1
const MAX_REMEMBERED = 200_000
let remembered = 0

function remember(pattern: string, known: Compiled, name: string, found: boolean): void {
  while (remembered >= MAX_REMEMBERED && compiled.size > 0) forgetOldest()
  if (compiled.get(pattern) !== known) return
  remembered += 1
  known.slow.set(name, found)
}

function forgetOldest(): void {
  for (const [pattern, known] of compiled) {
    compiled.delete(pattern)
    remembered -= known?.slow.size ?? 0
    return
  }
}
