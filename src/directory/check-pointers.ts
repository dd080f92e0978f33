import { parsePointer } from '../text/json-pointer.ts'
import { textFault } from '../text/text-fault.ts'
import { documentMembers } from './attributes.ts'

export const MAX_POINTERS = 16
export const LONGEST_POINTER = 500

/** What is wrong with a given pointer; null if nothing is. */
export function pointerFault(pointer: string): string | null {
  if (pointer.length > LONGEST_POINTER) return `must have at most ${LONGEST_POINTER} characters`
  const fault = textFault(pointer)
  if (fault !== null) return fault
  const tokens = parsePointer(pointer)
  if (tokens === null)
    return 'must be a JSON Pointer (RFC 6901): each part begins with /, and within a part ~ is written ~0 and / is written ~1'
  const members: readonly string[] = documentMembers
  return members.includes(tokens[0] ?? '') ? null : `must begin with /${documentMembers.join(', /')}`
}

/** Whether a pointer may lead to data that requires the scope for raw attributes. */
export function isRaw(pointer: string): boolean {
  return parsePointer(pointer)?.[0] === 'raw_attributes'
}
