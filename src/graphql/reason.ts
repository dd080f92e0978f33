// Reasons for actions, recorded for readers of the change log.
import type { Issue } from '../operations/refusal.ts'
import { ValidationError } from './errors.ts'

const LONGEST = 500

export const REASON = `Why: 1 to ${LONGEST} characters, for readers of the change log.`

export const OPTIONAL_REASON = `Why, for readers of the change log: at most ${LONGEST} characters.`

export function reasonIssues(reason: string): Issue[] {
  const { length } = reason.trim()
  if (length >= 1 && length <= LONGEST) return []
  return [{ path: ['input', 'reason'], message: `must have 1 to ${LONGEST} characters` }]
}

/** Returns the trimmed reason. Throws ValidationError. */
export function checkReason(reason: string): string {
  const issues = reasonIssues(reason)
  if (issues.length > 0) throw new ValidationError(...issues)
  return reason.trim()
}

/** Returns the reason as given; null if there is none. Throws ValidationError. */
export function checkOptionalReason(reason: string | null | undefined): string | null {
  if ((reason ?? '').length <= LONGEST) return reason ?? null
  throw new ValidationError({ path: ['input', 'reason'], message: `must have at most ${LONGEST} characters` })
}
