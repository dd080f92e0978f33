// What mutations are told to act on: rows by their ids, by a filter, or all of them.
import type { ValidationIssue } from './errors.ts'

/** That may be named at once. */
export const MOST_IDS = 1_000

interface Choice {
  readonly ids?: readonly string[] | null | undefined
  readonly filter?: { readonly status?: readonly string[] | null | undefined } | null | undefined
  readonly all?: boolean | null | undefined
}

interface Rules {
  /** The arguments of which one has to be given, in words. */
  readonly ways: string
  /** What is chosen, in the plural. */
  readonly what: string
  /** That the filter may name. */
  readonly statuses: readonly string[]
}

export function choiceIssues({ ids, filter, all }: Choice, { ways, what, statuses }: Rules): ValidationIssue[] {
  const issues: ValidationIssue[] = []
  const given = [ids != null, filter != null, all === true].filter(Boolean)
  if (given.length !== 1) issues.push({ path: ['input'], message: `must have one of ${ways}` })
  if (ids != null && (ids.length < 1 || ids.length > MOST_IDS))
    issues.push({ path: ['input', 'ids'], message: `must name 1 to ${MOST_IDS} ${what}` })
  if (filter?.status?.some((status) => !statuses.includes(status)) === true)
    issues.push({ path: ['input', 'filter', 'status'], message: `must be of ${statuses.join(' and ')}` })
  return issues
}
