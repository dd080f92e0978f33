import type { Issue } from '../operations/refusal.ts'
import type { Window } from '../stats/read-stats.ts'
import { ValidationError } from './errors.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const LONGEST_DAYS = 90
export const DEFAULT_DAYS = 30

/**
 * Returns the whole hours that a window touches; by default, those of the 30 days before `until`, or before now. Throws
 * ValidationError if it is reversed, longer than 90 days, or ends in the future.
 */
export function statsWindow(
  { since: asked, until: end }: { since?: Date | null | undefined; until?: Date | null | undefined },
  now: Date,
): Window {
  const thisHour = ceil(now)
  const until = end ?? now
  const since = asked ?? new Date(until.getTime() - DEFAULT_DAYS * DAY_MS)
  const issues: Issue[] = []
  // The end of the current hour is allowed, since responses contain it.
  if (until > thisHour) issues.push({ path: ['until'], message: 'must not be in the future' })
  if (since >= until) {
    const message = end == null ? 'must not be in the future' : 'must be before until'
    issues.push({ path: ['since'], message })
  }
  if (until.getTime() - since.getTime() > LONGEST_DAYS * DAY_MS)
    issues.push({ path: ['since'], message: `must be at most ${LONGEST_DAYS} days before until` })
  if (issues.length > 0) throw new ValidationError(...issues)
  return { since: new Date(Math.floor(since.getTime() / HOUR_MS) * HOUR_MS), until: ceil(until) }
}

/**
 * Returns the part of a window from the first whole hour after a moment; an empty window at its end if there is none.
 */
export function laterPart({ since, until }: Window, moment: Date): Window {
  const next = Math.floor(moment.getTime() / HOUR_MS) * HOUR_MS + HOUR_MS
  return { since: new Date(Math.min(Math.max(since.getTime(), next), until.getTime())), until }
}

function ceil(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / HOUR_MS) * HOUR_MS)
}
