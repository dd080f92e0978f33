// Law 8 where a directory belongs to another organization from now on: whoever is bound to that one sees no event and
// no number of the time before.
import { readFile, readdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'

let app: TestApp
let everyKey: string
beforeAll(async () => {
  app = await startTestApp()
  everyKey = await app.key()
})
afterAll(() => app.close())

let tests = 0
let directoryId: string
let former: string
let present: string
let key: string
beforeEach(async () => {
  tests += 1
  directoryId = `directory_moved${tests}`
  former = `org_former${tests}`
  present = `org_present${tests}`
  key = await app.key(present)
})

/** An event about Ada at that second, as what she is called tells; `payload` may spoil it. */
const told = (organizationId: string, second: number, email: string, payload: object = {}) =>
  event(
    'dsync.user.updated',
    { ...user(`moved${tests}-ada`, { directory_id: directoryId, organization_id: organizationId, email }), ...payload },
    second,
    `event_${tests}_${email}`,
  )
const connected = (organizationId: string, second: number) =>
  event(
    'dsync.activated',
    directory({ id: directoryId, organization_id: organizationId }),
    second,
    `event_${tests}_${second}`,
  )
const deliver = async (...events: object[]) => {
  for (const one of events) {
    await app.deliver(one)
    await app.applied()
  }
}
const BROKEN = { raw_attributes: 'no object' }
/** Two events and one that cannot be applied; then it moves, which is one more. */
const move = async () => {
  await deliver(connected(former, 1), told(former, 2, 'before'), told(former, 3, 'broken', BROKEN))
  await deliver(connected(present, 100))
}

const Seen = graphql(`
  query MovedEvents($directoryId: ID!, $organizationId: ID!, $first: ID!, $broken: ID!) {
    events(first: 100) {
      totalCount
      nodes {
        id
        payload
      }
    }
    backwards: events(last: 100) {
      nodes {
        id
      }
    }
    ofDirectory: events(filter: { directoryId: $directoryId }) {
      totalCount
      nodes {
        id
      }
    }
    ofOrganization: events(filter: { organizationId: $organizationId }) {
      totalCount
      nodes {
        id
      }
    }
    failed: events(filter: { status: [FAILED] }) {
      totalCount
    }
    first: node(id: $first) {
      id
    }
    broken: node(id: $broken) {
      id
    }
    directory(id: $directoryId) {
      health {
        failedEvents
        reasons
      }
    }
  }
`)
const Replay = graphql(`
  mutation MovedReplay($input: ReplayEventsInput!) {
    replayEvents(input: $input) {
      ... on EventBatch {
        count
      }
    }
  }
`)
const Discard = graphql(`
  mutation MovedDiscard($input: DiscardEventsInput!) {
    discardEvents(input: $input) {
      ... on EventBatch {
        count
      }
    }
  }
`)

const see = (as = key) =>
  query(app.url, as, Seen, {
    directoryId,
    organizationId: present,
    first: `event_${tests}_before`,
    broken: `event_${tests}_broken`,
  })
/** What every list of the new owner's shows. */
const shown = async () => {
  const { events, backwards, ofDirectory, ofOrganization } = await see()
  const ids = events.nodes.map(({ id }) => id.replace(`event_${tests}_`, ''))
  for (const { nodes } of [backwards, ofDirectory, ofOrganization])
    expect(nodes.map(({ id }) => id)).toEqual(events.nodes.map(({ id }) => id))
  for (const { totalCount } of [events, ofDirectory, ofOrganization]) expect(totalCount).toBe(ids.length)
  return ids.toSorted()
}

test('no event of the time before is listed, found by its id or counted, and what came late is of its own time', async () => {
  await move()
  await deliver(told(present, 110, 'after'), told(former, 50, 'late'))
  expect(await shown()).toEqual(['100', 'after'])
  const seen = await see()
  expect(seen).toMatchObject({ failed: { totalCount: 0 }, first: null, broken: null })
  expect(JSON.stringify(seen)).not.toMatch(/former|before|late/)
  expect(seen.directory).toMatchObject({ health: { failedEvents: 0 } })
  expect(seen.directory!.health.reasons.join()).not.toContain('could not be applied')
  const all = await see(everyKey)
  expect(all.ofDirectory.totalCount).toBe(6)
  expect(all).toMatchObject({ first: { id: `event_${tests}_before` }, broken: { id: `event_${tests}_broken` } })
  const unseen = { directoryId, organizationId: former, first: '', broken: '' }
  expect((await query(app.url, await app.key(former), Seen, unseen)).events.totalCount).toBe(0)
})

test('no event of the time before is replayed or discarded', async () => {
  await move()
  await deliver(told(present, 110, 'mine', BROKEN))
  const ids = ['broken', 'mine'].map((id) => `event_${tests}_${id}`)
  const filter = { directoryId }
  for (const input of [{ ids }, { filter }, { all: true }]) {
    expect(await query(app.url, key, Replay, { input })).toEqual({ replayEvents: { count: 1 } })
    await app.applied()
  }
  for (const input of [{ ids: [ids[0]!] }, { filter }])
    expect(await query(app.url, key, Discard, { input: { ...input, reason: 'mine' } })).toEqual({
      discardEvents: { count: 'ids' in input ? 0 : 1 },
    })
  const { rows } = await app.db.pool.query('select status from inbox_event where id = any($1) order by id', [ids])
  expect(rows).toEqual([{ status: 'FAILED' }, { status: 'DISCARDED' }])
  expect(await query(app.url, everyKey, Replay, { input: { filter } })).toEqual({ replayEvents: { count: 1 } })
})

test('a past that is learnt only later is the former owner’s too', async () => {
  await deliver(connected(present, 100), told(present, 101, 'after'))
  expect(await shown()).toEqual(['100', 'after'])
  await deliver(connected(former, 1), told(former, 2, 'before'), told(present, 90, 'between'))
  expect(await shown()).toEqual(['100', 'after', 'between'])
})

test('a directory that nobody else had shows its organization everything', async () => {
  await deliver(told(present, 1, 'first'), connected(present, 2), told(present, 3, 'second'))
  expect(await shown()).toEqual(['2', 'first', 'second'])
})

test('of a directory that has moved before this was remembered, the change log tells until when it was another’s', async () => {
  await move()
  await app.db.pool.query('update directory set foreign_until = null, foreign_noted_at = null where id = $1', [
    directoryId,
  ])
  expect(await shown()).toContain('before')
  const folder = new URL('../../prisma/migrations/', import.meta.url)
  const name = (await readdir(folder)).find((one) => one.endsWith('_foreign_until'))!
  const migration = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8')
  await app.db.pool.query(migration.slice(migration.indexOf('UPDATE')))
  expect(await shown()).toEqual([])
  await deliver(event('dsync.user.updated', told(present, 0, 'after').data, undefined, `event_${tests}_after`))
  expect(await shown()).toEqual(['after'])
})

const Stats = graphql(`
  query MovedStats($directoryId: ID!, $organizationId: ID!) {
    syncStats {
      ...Counts
      ...Points
    }
    ofDirectory: syncStats(directoryId: $directoryId) {
      ...Counts
      ...Points
    }
    ofOrganization: syncStats(organizationId: $organizationId) {
      ...Counts
    }
    directory(id: $directoryId) {
      syncStats {
        ...Counts
      }
      syncRuns {
        totalCount
      }
    }
    directories {
      nodes {
        syncStats {
          ...Counts
        }
      }
    }
    organization(id: $organizationId) {
      syncStats {
        ...Counts
      }
      directories {
        nodes {
          syncStats {
            ...Counts
          }
        }
      }
    }
    node(id: $directoryId) {
      ... on Directory {
        syncStats {
          ...Counts
        }
      }
    }
  }
`)
graphql(`
  fragment Counts on SyncStats {
    eventsReceived
    usersUpdated
    applyLatencyMs {
      p50
    }
  }
`)

graphql(`
  fragment Points on SyncStats {
    hours: series(bucket: HOUR) {
      eventsReceived
    }
    days: series(bucket: DAY) {
      eventsReceived
    }
  }
`)

/** Of each place that shows statistics: how many events, by each way of counting. */
const counted = async (as = key) => {
  const told = await query(app.url, as, Stats, { directoryId, organizationId: present })
  const places = [
    told.syncStats,
    told.ofDirectory,
    told.ofOrganization,
    told.directory!.syncStats,
    told.directories.nodes[0]!.syncStats,
    told.organization!.syncStats,
    told.organization!.directories.nodes[0]!.syncStats,
    (told.node as unknown as typeof told.directory)!.syncStats,
  ]
  const sum = (points: readonly { eventsReceived: number }[]) =>
    points.reduce((all, one) => all + one.eventsReceived, 0)
  for (const { eventsReceived, hours, days } of [told.syncStats, told.ofDirectory])
    expect([sum(hours), sum(days)]).toEqual([eventsReceived, eventsReceived])
  return places.map(({ eventsReceived }) => eventsReceived)
}

test('no statistics of the time before are told, and those of the time since are', async () => {
  // In one batch with the move, and before it.
  await deliver(connected(former, 1), told(former, 2, 'before'))
  for (const one of [told(former, 3, 'with'), connected(present, 100)]) await app.deliver(one)
  await app.applied()
  expect(await counted()).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  const { ofDirectory } = await query(app.url, everyKey, Stats, { directoryId, organizationId: present })
  expect(ofDirectory).toMatchObject({ eventsReceived: 4, usersUpdated: 1 })

  // What comes in the same hour is in those of the organization.
  await deliver(told(present, 105, 'soon'))
  expect(await counted()).toEqual([1, 0, 1, 0, 0, 1, 0, 0])

  // As if all of that had been three hours ago.
  await app.db.pool.query(`update stats set at = at - interval '3 hours' where owner = $1 and span = 'HOUR'`, [directoryId]) // oxfmt-ignore
  await app.db.pool.query(
    `update directory set foreign_noted_at = foreign_noted_at - interval '3 hours' where id = $1`,
    [directoryId],
  )
  await deliver(told(present, 110, 'after'))
  expect(await counted()).toEqual([2, 1, 2, 1, 1, 2, 1, 1])
})

const Runs = graphql(`
  query MovedRuns($directoryId: ID!, $id: ID!) {
    directory(id: $directoryId) {
      syncRuns {
        totalCount
        nodes {
          id
        }
      }
      health {
        reasons
      }
    }
    syncRun(id: $id) {
      id
    }
    node(id: $id) {
      id
    }
  }
`)

test('a run that had ended by then is the former owner’s, one that goes on the new one’s', async () => {
  await deliver(connected(former, 1))
  const { rows } = await app.db.pool.query<{ id: string }>(
    `update sync_run set state = 'FAILED', error = 'of the former', finished_at = now() where directory_id = $1 returning id`,
    [directoryId],
  )
  await deliver(connected(present, 100))
  const id = rows[0]!.id
  const runs = (as: string) => query(app.url, as, Runs, { directoryId, id })
  const { directory: seen, syncRun, node } = await runs(key)
  expect(seen!.syncRuns.totalCount).toBe(1)
  expect(seen!.syncRuns.nodes.map((run) => run.id)).not.toContain(id)
  expect(seen!.health.reasons.join()).not.toContain('of the former')
  expect([syncRun, node]).toEqual([null, null])
  expect((await runs(everyKey)).directory!.syncRuns.totalCount).toBe(2)
})

test('nor which organization it was of, which who sees all is told', async () => {
  const Moved = graphql(`
    query MovedPrevious($directoryId: ID!) {
      changes(filter: { directoryId: $directoryId, kinds: [DIRECTORY_UPDATED] }, last: 1) {
        nodes {
          ... on DirectoryChange {
            changedFields
            previous
          }
        }
      }
    }
  `)
  await move()
  const seen = async (of: string) => (await query(app.url, of, Moved, { directoryId })).changes.nodes
  expect(await seen(key)).toEqual([{ changedFields: ['organizationId'], previous: {} }])
  expect(await seen(everyKey)).toEqual([{ changedFields: ['organizationId'], previous: { organizationId: former } }])
})
