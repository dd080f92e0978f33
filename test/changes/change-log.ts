import { beforeAll, onTestFinished } from 'vitest'
import { appendChanges, type ChangeDraft } from '../../src/changes/append.ts'
import { createBell, type Bell } from '../../src/changes/bell.ts'
import { createFeed, type Delivery, type Feed } from '../../src/changes/feed.ts'
import type { FeedItem } from '../../src/changes/feed-reader.ts'
import type { Lease } from '../../src/changes/lease.ts'
import type { ChangeFilter } from '../../src/changes/filter.ts'
import { createTail, type Tail } from '../../src/changes/tail.ts'
import { openDatabase, type Database, type Queryable } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, emptyDatabase } from '../support/database.ts'

export interface ChangeLog {
  readonly db: Database
  readonly feed: Feed
  /** Appends so many changes in one transaction, and gives the position of the last. */
  append(count: number, fields?: Partial<ChangeDraft>): Promise<number>
  /** Subscribes with a lease of its own. */
  subscribe(after: number | null, filter?: ChangeFilter): Promise<AsyncIterableIterator<FeedItem>>
  /** What subscribers hold open now. */
  open(): { followers: number; leases: number }
  readonly errors: readonly Error[]
}

export interface ChangeLogOptions {
  readonly maxLag?: number
  /** Changes that the tail keeps. */
  readonly size?: number
  readonly pollMs?: number
  /** In place of the log's own. */
  readonly bell?: Bell
  /** What the tail reads through. */
  readonly readThrough?: (pool: Queryable) => Queryable
  /** A lease whose end the test decides. */
  readonly signal?: AbortSignal
}

/**
 * For the tests of a file: opens change logs on one database, each of them empty, and there until its test has
 * finished.
 */
export function changeLogs(): (options?: ChangeLogOptions) => Promise<ChangeLog> {
  let db: Database
  let errors: Error[] = []
  const onError = (error: Error) => void errors.push(error)
  beforeAll(async () => {
    const { connectionString, drop } = await createTestDatabase()
    db = openDatabase({ connectionString, size: 10, onIdleError: onError })
    return async () => {
      await db.close()
      await drop()
    }
  })
  return async (options) => {
    errors = []
    await emptyDatabase(db.pool)
    return openChangeLog(db, errors, options)
  }
}

function openChangeLog(db: Database, errors: Error[], options: ChangeLogOptions = {}): ChangeLog {
  const { maxLag = 100_000, size = 2_000, pollMs = 1_000, readThrough = (pool: Queryable) => pool } = options
  const { connectionString } = db
  const onError = (error: Error) => void errors.push(error)
  const bell = options.bell ?? createBell({ connectionString, pollMs, onError })
  const tail = createTail({ db: readThrough(db.pool), bell, size, onError })
  const held = { followers: 0, leases: 0 }
  const feed = createFeed({ db: db.pool, tail: counted(tail, held), now: () => new Date(), maxLag })
  onTestFinished(async () => {
    tail.close()
    await bell.close()
  })

  function lease(): Lease {
    held.leases += 1
    let open = true
    return {
      signal: options.signal ?? new AbortController().signal,
      close: () => {
        if (open) held.leases -= 1
        open = false
      },
    }
  }

  return {
    db,
    feed,
    errors,
    append: async (count, fields) => {
      const drafts = Array.from({ length: count }, () => draft(fields))
      return (await inTransaction(db.pool, (tx) => appendChanges(tx, drafts)))!.position
    },
    subscribe: async (after, filter = {}) => itemsOf(await feed.subscribe(filter, after, lease)),
    open: () => ({ ...held }),
  }
}

/** As when the database is restored from a backup, or a standby takes over that lacks the last commits. */
export function restore({ db }: Pick<ChangeLog, 'db'>, position: number): Promise<void> {
  return inTransaction(db.pool, async (tx) => {
    await tx.query('update change_clock set position = $1', [position])
    await tx.query('delete from change where position > $1', [position])
  })
}

export function draft(fields: Partial<ChangeDraft> = {}): ChangeDraft {
  return {
    kind: 'DIRECTORY_USER_UPDATED',
    directoryId: 'directory_test',
    organizationId: 'org_test',
    directoryUserId: 'directory_user_test',
    directoryGroupId: null,
    changedFields: ['name'],
    previous: { name: 'Former Name' },
    source: 'WEBHOOK',
    eventId: null,
    occurredAt: new Date(),
    ...fields,
  }
}

function itemsOf(deliveries: AsyncIterableIterator<Delivery>): AsyncIterableIterator<FeedItem> {
  const alone = (result: IteratorResult<Delivery, void>): IteratorResult<FeedItem, void> =>
    result.done === true ? result : { done: false, value: result.value.item }
  return {
    next: async () => alone(await deliveries.next()),
    return: async () => alone(await deliveries.return!()),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function counted(tail: Tail, held: { followers: number }): Tail {
  return {
    ...tail,
    async follow(filter, wanted) {
      const following = await tail.follow(filter, wanted)
      held.followers += 1
      let open = true
      return {
        close() {
          if (open) held.followers -= 1
          open = false
          following.close()
        },
      }
    },
  }
}

/** The next so many items: a change's position, or the reason of a declared gap. */
export async function take(items: AsyncIterator<FeedItem>, count: number): Promise<(number | string)[]> {
  const taken: (number | string)[] = []
  while (taken.length < count) {
    const { done, value } = await items.next()
    if (done === true) break
    taken.push('discontinuity' in value ? value.reason : value.position)
  }
  return taken
}

/** from, from + 1, … to. */
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
