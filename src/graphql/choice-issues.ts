// The choice of rows that a mutation acts on: by id, by filter, or all.
import type { Issue } from '../operations/refusal.ts'

/** The most ids in one mutation. */
export const MAX_IDS = 1_000

interface Choice {
  readonly ids?: readonly string[] | null | undefined
  readonly filter?: { readonly status?: readonly string[] | null | undefined } | null | undefined
  readonly all?: boolean | null | undefined
}

interface Rules {
  /** The arguments of which exactly one is required, in words. */
  readonly ways: string
  /** What is chosen, in the plural. */
  readonly what: string
  /** The statuses that the filter may name. */
  readonly statuses: readonly string[]
}

export function choiceIssues({ ids, filter, all }: Choice, { ways, what, statuses }: Rules): Issue[] {
  const issues: Issue[] = []
  const given = [ids != null, filter != null, all === true].filter(Boolean)
  if (given.length !== 1) issues.push({ path: ['input'], message: `must have one of ${ways}` })
  if (ids != null && (ids.length < 1 || ids.length > MAX_IDS))
    issues.push({ path: ['input', 'ids'], message: `must name 1 to ${MAX_IDS} ${what}` })
  if (filter?.status?.some((status) => !statuses.includes(status)) === true)
    issues.push({ path: ['input', 'filter', 'status'], message: `must contain only ${statuses.join(' and ')}` })
  return issues
}
