import type { ChangeKind } from '../directory/change-kinds.ts'
import type { readChanges, StoredChange } from './read.ts'

const PURGES: ReadonlySet<ChangeKind> = new Set(['DIRECTORY_USER_PURGED', 'DIRECTORY_GROUP_PURGED'])

type Page = Awaited<ReturnType<typeof readChanges>>

/** Where a log ends, as far as it was read, and when the change there was recorded; null if that is not known. */
interface Head {
  readonly position: number
  readonly recordedAt: number | null
}

/** The newest changes of the log, without a gap up to the head. */
export class NewestChanges {
  head: Head = { position: 0, recordedAt: null }
  readonly #size: number
  #changes: StoredChange[] = []
  #from = 0 // everything after it, up to the head, is in #changes

  /** `size`: how many to keep. */
  constructor(size: number) {
    this.#size = size
  }

  /** Forgets all changes, and continues from the end that a page tells. */
  begin({ head, changes }: Page): void {
    const last = changes.at(-1)
    this.#changes = []
    this.#from = head
    this.head = { position: head, recordedAt: last?.position === head ? last.recordedAt.getTime() : null }
  }

  /** Adds what comes right behind the head. */
  add(news: readonly StoredChange[]): void {
    const last = news.at(-1)
    if (last === undefined) return
    // Whoever is purged is taken out of earlier changes in the log, which are read from there from now on.
    if (news.some(({ kind }) => PURGES.has(kind))) {
      this.#changes = []
      this.#from = this.head.position
    }
    this.#changes.push(...news)
    this.head = { position: last.position, recordedAt: last.recordedAt.getTime() }
    if (this.#changes.length <= this.#size) return
    this.#changes = this.#changes.slice(-this.#size)
    this.#from = this.#changes[0]!.position - 1
  }

  /** The changes after a position; null if not all of them are kept. */
  since(position: number): readonly StoredChange[] | null {
    return position < this.#from ? null : changesAfter(this.#changes, position)
  }
}

/** Whether a page that begins at a head is of another log. */
export function isOfOtherLog(page: Page, { position, recordedAt }: Head): boolean {
  if (page.head < position) return true
  if (recordedAt === null || page.purgedThrough >= position) return false
  return page.changes[0]?.recordedAt.getTime() !== recordedAt
}

/** Those of some changes, in the order of the log, that come after a position. */
export const changesAfter = (changes: readonly StoredChange[], position: number): readonly StoredChange[] =>
  changes.slice(firstAfter(changes, position))

/** The index of the first change after a position, by bisection. */
function firstAfter(changes: readonly StoredChange[], position: number): number {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (changes[middle]!.position > position) high = middle
    else low = middle + 1
  }
  return low
}
