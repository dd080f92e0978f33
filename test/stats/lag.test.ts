// How long events have waited is one number, whoever is asked: health, the freshness of answers, the owner's mail,
// metrics.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { approveEvents } from '../../src/guard/decide-events.ts'
import { releaseFollowers } from '../../src/guard/release-followers.ts'
import { createReplayEvents } from '../../src/inbox/replay.ts'
import { readConditions } from '../../src/mail/conditions.ts'
import { readHealth } from '../../src/stats/health.ts'
import { readLags, readWorstLags } from '../../src/stats/lag.ts'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, directoryId, event, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
afterAll(() => inbox.close())
beforeEach(async () => {
  await inbox.empty()
  await inbox.receive(event('dsync.activated', directory(), 1))
  await inbox.applyAll()
  await inbox.receive(event('dsync.user.created', user('ada'), 2, 'event_ada'))
  // Half a minute more, since a shared machine's clock may step back between two statements.
  await set(`received_at = now() - interval '3 hours 30 seconds'`)
})

const set = (assignments: string) => inbox.db.pool.query(`update inbox_event set ${assignments} where id = 'event_ada'`)

/** The minutes that each of them tells, and what the owner is told. */
async function told() {
  const { pool } = inbox.db
  const health = (await readHealth(pool, [directoryId])).get(directoryId)!
  return {
    status: health.status,
    minutes: [
      health.lagSeconds,
      (await readLags(pool)).seconds.get(directoryId)!,
      (await readWorstLags(pool, 1))[0]!.seconds,
    ].map((seconds) => Math.floor(seconds / 60)),
    owner: (await readConditions(pool)).map(({ kind }) => kind),
  }
}

test('what nobody has applied for hours stalls its directory', async () => {
  expect(await told()).toEqual({ status: 'STALLED', minutes: [180, 180, 180], owner: ['STALLED'] })
})

const RELEASES: [what: string, before: string, release: () => Promise<unknown>][] = [
  [
    'was approved',
    `status = 'HELD', held_at = received_at, held_for = 'USER', removal = 'USER'`,
    () => inTransaction(inbox.db.pool, (tx) => approveEvents(tx, directoryId)),
  ],
  [
    'waited behind what was rejected',
    `status = 'HELD', held_at = received_at`,
    () => inTransaction(inbox.db.pool, (tx) => releaseFollowers(tx, directoryId)),
  ],
  [
    'was replayed',
    `status = 'FAILED', error = 'unreadable'`,
    () =>
      createReplayEvents({ db: inbox.db, now: () => new Date(), onReplayed: () => {} })(
        { ids: ['event_ada'], statuses: ['FAILED'] },
        'somebody',
      ),
  ],
]
test.for(RELEASES)('an old event that %s waits only since then', async ([, before, release]) => {
  await set(before)
  await release()
  expect(await told()).toEqual({ status: 'HEALTHY', minutes: [0, 0, 0], owner: [] })
  await set(`released_at = released_at - interval '61 seconds'`)
  expect(await told()).toEqual({ status: 'STALLED', minutes: [1, 1, 1], owner: ['STALLED'] })
})
