import type { QuickReads } from '../db/quick-reads.ts'
import { createLatestMoments } from './latest-moments.ts'

/**
 * Whether anything has come to the change log since a moment, and whom it concerns: for who remembers what was read.
 * Needs no bell. Moments are numbers of this instance, which rise each time that something is found to have come.
 */
export interface News {
  /** The moment that is known of now, without asking. What is read from now on holds all that came before it. */
  now(): number
  /**
   * Asks the database by a statement that is sent after this call: what had come by the time of the call is known when
   * it gives. Who calls while one is under way shares the next. Throws what the database says, and where it does not
   * answer soon.
   */
  look(): Promise<void>
  /**
   * Whether nothing that readers of an organization (null: of all) see may have changed since a moment, as far as is
   * known; where directories are given, nothing that they see inside these.
   */
  isQuietSince(moment: number, organizationId: string | null, directoryIds: readonly string[] | null): boolean
}

/** More changes than that are not looked at one by one: everything may have changed. */
const MOST_CHANGES = 10_000
const MOST_REMEMBERED = 10_000
const PATIENCE_MS = 1_000
/** Before the first look: nothing comes after it, so that no changes are read that nobody has waited for. */
const NOWHERE = Number.MAX_SAFE_INTEGER

interface Found {
  readonly head: number
  readonly untold: number
  readonly purgedThrough: number
  /**
   * Whom the changes after the position concern: organization, null where they are of none, and directory, empty where
   * of none.
   */
  readonly places: readonly (readonly [string | null, string])[]
}

export function createNews(db: Pick<QuickReads, 'query'>): News {
  let head = NOWHERE
  let untold = 0
  let moment = 0
  const ofOrganization = createLatestMoments(MOST_REMEMBERED)
  const ofDirectory = createLatestMoments(MOST_REMEMBERED)
  // What is of an organization and of no directory may be about any of its directories.
  const ofNoDirectory = createLatestMoments(MOST_REMEMBERED)
  let lastOfNoDirectory = 0
  let asking: Promise<void> | null = null
  let next: Promise<void> | null = null
  let asked = 0
  let heard = 0

  async function ask(): Promise<void> {
    const turn = (asked += 1)
    const rows = await db.query<Found>(NEWS, [head])
    if (turn < heard) return // nobody waits for it any more, and others have been answered since
    heard = turn
    take(rows[0]!)
  }

  function take(found: Found): void {
    if (found.head === head && found.untold === untold) return
    moment += 1
    // A log that is shorter than it was is another one, out of a backup; and of what was purged nobody knows whom it
    // concerned.
    const isWhole =
      head !== NOWHERE && head >= found.purgedThrough && found.head >= head && found.head - head <= MOST_CHANGES
    const isKnown =
      isWhole && found.untold === untold && found.places.every(([organizationId]) => organizationId !== null)
    if (isKnown) for (const [organizationId, directoryId] of found.places) note(organizationId!, directoryId)
    else noteAll()
    head = found.head
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
      // Whatever becomes of the one that is under way, it does not know what has come since it was sent.
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
    timer = setTimeout(() => reject(new Error('The database did not answer in time')), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// One statement, hence one moment of the database: the positions of the log are in the order of commits.
const NEWS = `
  select position as head, untold, purged_through as "purgedThrough", array(
    select distinct array[organization_id, directory_id]
    from (
      select organization_id, directory_id from change where position > $1 order by position limit ${MOST_CHANGES}
    ) change
  ) as places
  from change_clock`
