import { decodeTime } from 'ulid'

/**
 * Which of two facts about the same scope is newer: the one that happened later by WorkOS's clock, and within a
 * millisecond the one with the greater event id (event ids are ULIDs).
 */
export interface Version {
  /** Milliseconds since the epoch, WorkOS's clock. */
  readonly at: number
  /** The id of the event, or of whatever else the fact came from. */
  readonly id: string
}

/** Whether `a` is newer than `b`. Every fact is newer than an unknown one, and none is newer than itself. */
export function isNewer(a: Version, b: Version | null): boolean {
  if (b === null) return true
  return a.at === b.at ? a.id > b.id : a.at > b.at
}

/**
 * The time inside a WorkOS id such as `directory_user_01E1X1B89NH8Z3SDFJR4H7RGX7`; null if it holds no ULID, or one of
 * a year that PostgreSQL does not accept as JavaScript writes it.
 */
export function timeOfId(id: string): Date | null {
  const ulid = /_([0-7][0-9A-HJKMNP-TV-Z]{25})$/.exec(id)?.[1]
  if (ulid === undefined) return null
  const time = new Date(decodeTime(ulid))
  return time.getUTCFullYear() <= 9999 ? time : null
}

/**
 * Whether a version is a snapshot's: its id is the bare ULID of its run. It sorts before every event's id, so an event
 * of the same millisecond is newer, and of two snapshots the later run is.
 */
export function isSnapshot({ id }: Version): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)
}
