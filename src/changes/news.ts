import type { QuickReads } from '../db/quick-reads.ts'
import { createLatestMoments } from './latest-moments.ts'

/**
 * Whether the change log has grown since a moment, and whom that concerns: for caches of what was read. Needs no bell.
 * Moments are numbers of this instance, which rise each time the log is found to have grown.
 */
export interface News {
  /** The latest known moment, without asking. What is read from now on includes all that came before it. */
  now(): number
  /**
   * Asks the database with a statement that is sent after this call: when it resolves, everything that had come by the
   * time of the call is known. Calls while one is under way share the next. Throws the database's error, or if it does
   * not answer soon.
   */
  look(): Promise<void>
  /**
   * Whether, as far as is known, nothing that readers of an organization (null: of all) see may have changed since a
   * moment; if directories are given, nothing that they see inside these.
   */
  isQuietSince(moment: number, organizationId: string | null, directoryIds: readonly string[] | null): boolean
}

/** More changes than this are not looked at one by one: everything may have changed. */
const MAX_CHANGES = 10_000
const MAX_REMEMBERED = 10_000
const PATIENCE_MS = 1_000
/** Before the first look: nothing comes after this position, so no changes are read that no caller has waited for. */
const NOWHERE = Number.MAX_SAFE_INTEGER

interface Found {
  readonly head: number
  /** When the change at the head, and the one at the position asked about, were recorded; null if none is there. */
  readonly headAt: Date | null
  readonly knownAt: Date | null
  readonly untold: number
  readonly purgedThrough: number
  /** Whom the changes after the position concern: organization, null if none, and directory, empty if none. */
  readonly places: readonly (readonly [string | null, string])[]
}

export function createNews(db: Pick<QuickReads, 'query'>): News {
  let head = NOWHERE
  let headAt: number | null = null
  let untold = 0
  let moment = 0
  const ofOrganization = createLatestMoments(MAX_REMEMBERED)
  const ofDirectory = createLatestMoments(MAX_REMEMBERED)
  // A change of an organization and no directory may concern any of its directories.
  const ofNoDirectory = createLatestMoments(MAX_REMEMBERED)
  let lastOfNoDirectory = 0
  let asking: Promise<void> | null = null
  let next: Promise<void> | null = null
  let asked = 0
  let heard = 0

  async function ask(): Promise<void> {
    const turn = (asked += 1)
    const rows = await db.query<Found>(NEWS, [head])
    if (turn < heard) return // no caller waits for it any more, and later ones have been answered
    heard = turn
    take(rows[0]!)
  }

  function take(found: Found): void {
    // A log that is shorter than before, or has another change at its place, is another one, from a backup.
    const isSame = head !== NOWHERE && found.head >= head && (found.knownAt?.getTime() ?? null) === headAt
    if (isSame && found.head === head && found.untold === untold) return
    moment += 1
    // It is not known whom purged changes concerned.
    const isWhole = isSame && head >= found.purgedThrough && found.head - head <= MAX_CHANGES
    const isKnown =
      isWhole && found.untold === untold && found.places.every(([organizationId]) => organizationId !== null)
    if (isKnown) for (const [organizationId, directoryId] of found.places) note(organizationId!, directoryId)
    else noteAll()
    head = found.head
    headAt = found.headAt?.getTime() ?? null
    untold = found.untold
  }

  function noteAll(): void {
    for (const moments of [ofOrganization, ofDirectory, ofNoDirectory]) moments.noteAll(moment)
    lastOfNoDirectory = moment
  }

  function note(organizationId: string, directoryId: string): void {
    ofOrganization.note(organizationId, moment)
    if (directoryId !== '') return ofDirectory.note(directoryId, moment)
    ofNoDirectory.note(organizationId, moment)
    lastOfNoDirectory = moment
  }

  function start(): Promise<void> {
    next = null
    asking = within(PATIENCE_MS, ask()).finally(() => {
      asking = null
    })
    return asking
  }

  return {
    now: () => moment,
    look() {
      if (next !== null) return next
      if (asking === null) return start()
      // Whatever the outcome of the one under way, it does not know what has come since it was sent.
      return (next = asking.then(start, start))
    },
    isQuietSince(since, organizationId, directoryIds) {
      if (directoryIds === null) return since >= (organizationId === null ? moment : ofOrganization.of(organizationId))
      const besides = organizationId === null ? lastOfNoDirectory : ofNoDirectory.of(organizationId)
      return since >= besides && directoryIds.every((id) => since >= ofDirectory.of(id))
    },
  }
}

async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The database did not respond in time')), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// One statement, hence one snapshot of the database: positions in the log are in the order of commits.
const NEWS = `
  select position as head, untold, purged_through as "purgedThrough",
    (select recorded_at from change where position = change_clock.position) as "headAt",
    (select recorded_at from change where position = $1) as "knownAt", array(
    select distinct array[organization_id, directory_id]
    from (
      select organization_id, directory_id from change where position > $1 order by position limit ${MAX_CHANGES}
    ) change
  ) as places
  from change_clock`
