import type { ChangeDraft } from './append.ts'

/** Why something changes: who or what did it, and when. A change is itself the reason for those that follow from it. */
export type Why = Pick<ChangeDraft, 'source' | 'occurredAt'> &
  Partial<Pick<ChangeDraft, 'directoryId' | 'directoryUserId' | 'eventId' | 'actor'>>

/** What a change says: of whom or what, and how it was before. */
export type About = Pick<ChangeDraft, 'kind' | 'organizationId'> &
  Partial<Omit<ChangeDraft, 'source' | 'eventId' | 'actor' | 'occurredAt'>>

/** Returns a change for the log. Where neither `why` nor `about` says otherwise, it is about nothing more. */
export function draftChange(
  { directoryId = '', directoryUserId = null, source, eventId = null, actor, occurredAt }: Why,
  about: About,
): ChangeDraft {
  return {
    directoryId,
    directoryUserId,
    directoryGroupId: null,
    changedFields: [],
    previous: null,
    source,
    eventId,
    ...(actor !== undefined && { actor }),
    occurredAt,
    ...about,
  }
}
