import { documentMembers } from './attributes.ts'
import { parsePointer } from './json-pointer.ts'
import { textFault } from './text-fault.ts'

export const MOST_POINTERS = 16
export const LONGEST_POINTER = 500

/** What is wrong with a pointer that somebody gives; null where nothing is. */
export function pointerFault(pointer: string): string | null {
  if (pointer.length > LONGEST_POINTER) return `must have ${LONGEST_POINTER} characters at the most`
  const fault = textFault(pointer)
  if (fault !== null) return fault
  const tokens = parsePointer(pointer)
  if (tokens === null)
    return 'must be a JSON Pointer (RFC 6901): parts that each begin with /, in which ~ is written ~0 and / is written ~1'
  const members: readonly string[] = documentMembers
  return members.includes(tokens[0] ?? '') ? null : `must begin with /${documentMembers.join(', /')}`
}

/** Whether a pointer may lead to what only those may see who have the scope for raw attributes. */
export function isRaw(pointer: string): boolean {
  return parsePointer(pointer)?.[0] === 'raw_attributes'
}
