// Why somebody does what they do, for whoever reads the change log.
import { ValidationError, type ValidationIssue } from './errors.ts'

const LONGEST = 500

export const REASON = `Why: 1 to ${LONGEST} characters, for whoever reads the change log.`

export const OPTIONAL_REASON = `Why, for whoever reads the change log: ${LONGEST} characters at the most.`

export function reasonIssues(reason: string): ValidationIssue[] {
  const { length } = reason.trim()
  if (length >= 1 && length <= LONGEST) return []
  return [{ path: ['input', 'reason'], message: `must have 1 to ${LONGEST} characters` }]
}

/** The reason without blanks around it. Throws ValidationError. */
export function checkReason(reason: string): string {
  const issues = reasonIssues(reason)
  if (issues.length > 0) throw new ValidationError(...issues)
  return reason.trim()
}

/** A reason as it was given; null where there is none. Throws ValidationError. */
export function checkOptionalReason(reason: string | null | undefined): string | null {
  if ((reason ?? '').length <= LONGEST) return reason ?? null
  throw new ValidationError({ path: ['input', 'reason'], message: `must have ${LONGEST} characters at the most` })
}
