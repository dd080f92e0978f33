import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StatsQueryVariables } from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { event } from '../support/events.ts'
import { companyEvents, deliverInTurns } from '../graphql/company.ts'
import { allStatementsOf } from '../graphql/statements.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const mine = companyEvents('alpha')
const theirs = companyEvents('bravo')
const nobodys = companyEvents('bravado', { organization: false })

let app: TestApp
let key: string
let everyKey: string
beforeAll(async () => {
  app = await startTestApp()
  await deliverInTurns(app, mine, theirs, theirs, nobodys)
  key = await app.key('org_alpha')
  everyKey = await app.key()
})
afterAll(() => app.close())

const Stats = graphql(`
  query Stats($organizationId: ID, $directoryId: ID, $since: DateTime, $until: DateTime) {
    syncStats(organizationId: $organizationId, directoryId: $directoryId, since: $since, until: $until) {
      since
      until
      usersCreated
      usersUpdated
      usersDeactivated
      usersReactivated
      usersDeleted
      groupsCreated
      groupsUpdated
      groupsDeleted
      membershipsAdded
      membershipsRemoved
      eventsReceived
      eventsFailed
      eventsStale
      eventsDuplicate
      applyLatencyMs {
        p50
        p95
        p99
      }
    }
  }
`)
const Series = graphql(`
  query StatsSeries($bucket: StatsBucket!, $since: DateTime, $until: DateTime) {
    syncStats(since: $since, until: $until) {
      eventsReceived
      series(bucket: $bucket) {
        at
        usersCreated
        eventsReceived
      }
    }
  }
`)
const Everywhere = graphql(`
  query StatsEverywhere($id: ID!) {
    organization(id: $id) {
      syncStats {
        eventsReceived
      }
      directories {
        nodes {
          syncStats {
            eventsReceived
          }
        }
      }
    }
    node(id: $id) {
      ... on Organization {
        syncStats {
          eventsReceived
        }
      }
    }
  }
`)

const iso = (at: number) => new Date(at).toISOString()
const received = async (secret: string, variables: StatsQueryVariables = {}) =>
  (await query(app.url, secret, Stats, variables)).syncStats.eventsReceived
const [mineCount, theirCount] = [mine.events.length, theirs.events.length]

test('a viewer of all is told of everything, of an organization or of a directory', async () => {
  expect(await received(everyKey)).toBe(mineCount + theirCount + nobodys.events.length)
  expect(await received(everyKey, { organizationId: 'org_bravo' })).toBe(theirCount)
  expect(await received(everyKey, { directoryId: nobodys.company.directoryId })).toBe(nobodys.events.length)
  const both = { organizationId: 'org_alpha', directoryId: mine.company.directoryId }
  expect(await received(everyKey, both)).toBe(mineCount)
  const { organization, node } = await query(app.url, everyKey, Everywhere, { id: 'org_bravo' })
  expect(organization!.syncStats.eventsReceived).toBe(theirCount)
  expect(organization!.directories.nodes.map(({ syncStats }) => syncStats.eventsReceived)).toEqual([theirCount])
  expect(node).toEqual({ syncStats: { eventsReceived: theirCount } })
})

test('the numbers are what happened', async () => {
  const { syncStats } = await query(app.url, key, Stats)
  const kinds = await app.db.pool.query<{ kind: string; count: number }>(
    `select kind, count(*) from change where directory_id = $1 group by 1`,
    [mine.company.directoryId],
  )
  const count = (kind: string) => kinds.rows.find((row) => row.kind === kind)?.count ?? 0
  expect(syncStats).toMatchObject({
    usersCreated: count('DIRECTORY_USER_CREATED'),
    usersUpdated: count('DIRECTORY_USER_UPDATED'),
    usersDeactivated: count('DIRECTORY_USER_DEACTIVATED'),
    usersDeleted: count('DIRECTORY_USER_DELETED'),
    groupsCreated: count('DIRECTORY_GROUP_CREATED'),
    membershipsAdded: count('MEMBERSHIP_ADDED'),
    membershipsRemoved: count('MEMBERSHIP_REMOVED'),
    eventsReceived: mineCount,
    eventsFailed: 0,
  })
  expect(count('DIRECTORY_USER_CREATED') * count('MEMBERSHIP_ADDED')).toBeGreaterThan(0)
  const { p50, p95, p99 } = syncStats.applyLatencyMs
  expect(p50).toBeGreaterThan(0)
  expect([p50, p95, p99]).toEqual([p50, p95, p99].toSorted((a, b) => a! - b!))
  expect(p99).toBeLessThan(60_000)
})

test('redeliveries are counted within about a second, and their answer has not waited', async () => {
  for (let times = 0; times < 3; times += 1) await app.deliver(mine.events[0]!)
  const duplicates = async () =>
    (await query(app.url, everyKey, Stats, { organizationId: 'org_alpha' })).syncStats.eventsDuplicate
  await expect.poll(duplicates, { timeout: 5_000 }).toBe(3)
})

test('Law 8: a viewer of one organization is told of that one alone, and not whether there are others', async () => {
  expect(await received(key)).toBe(mineCount)
  expect(await received(key, { organizationId: 'org_alpha' })).toBe(mineCount)
  expect(await received(key, { directoryId: mine.company.directoryId })).toBe(mineCount)
  const refused = async (secret: string, variables: StatsQueryVariables) => {
    const answer = await ask(app.url, secret, Stats, variables)
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['NOT_FOUND'])
    return answer
  }
  expect(await refused(key, { organizationId: 'org_bravo' })).toEqual(
    await refused(key, { organizationId: 'org_none' }),
  )
  const none = await refused(key, { directoryId: 'directory_none' })
  for (const { company } of [theirs, nobodys])
    expect(await refused(key, { directoryId: company.directoryId })).toEqual(none)
  const mixed = { organizationId: 'org_alpha', directoryId: theirs.company.directoryId }
  expect(await refused(key, mixed)).toEqual(none)
  expect(await refused(everyKey, mixed)).toEqual(none)
})

test('a window is rounded outward to whole hours; without one it is the last 30 days', async () => {
  const now = Date.now()
  const since = Math.floor((now - 5 * HOUR) / HOUR) * HOUR
  const told = async (variables: StatsQueryVariables) => {
    const { syncStats } = await query(app.url, everyKey, Stats, variables)
    return [Date.parse(syncStats.since), Date.parse(syncStats.until)]
  }
  expect(await told({ since: iso(since + 1), until: iso(since + HOUR + 1) })).toEqual([since, since + 2 * HOUR])
  expect(await told({ since: iso(since), until: iso(since + HOUR) })).toEqual([since, since + HOUR])
  const [from, until] = await told({})
  expect(until! - from!).toBe(30 * DAY + HOUR)
  expect(until! - now).toBeLessThanOrEqual(HOUR + 60_000)
  expect(await told({ since: iso(from!), until: iso(until!) }), 'as it was told').toEqual([from, until])
  expect(await told({ until: iso(since) })).toEqual([since - 30 * DAY, since])
  expect(await received(everyKey, { since: iso(now - 90 * DAY), until: iso(now) })).toBeGreaterThan(0)
  expect(await received(everyKey, { until: iso(since) })).toBe(0)
})

test.for([
  { what: 'longer than 90 days', since: -91 * DAY, until: 0, path: ['since'] },
  { what: 'longer than 90 days to now', since: -91 * DAY, until: null, path: ['since'] },
  { what: 'reversed', since: -DAY, until: -2 * DAY, path: ['since'] },
  { what: 'empty', since: -DAY, until: -DAY, path: ['since'] },
  { what: 'one that ends in the future', since: -DAY, until: 2 * HOUR, path: ['until'] },
  { what: 'one that begins in the future', since: 2 * HOUR, until: null, path: ['since'] },
])('a window that is $what is refused, with the argument', async ({ since, until, path }) => {
  const now = Date.now()
  const variables = { since: iso(now + since), ...(until !== null && { until: iso(now + until) }) }
  const { errors } = await ask(app.url, key, Stats, variables)
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [{ path }] } }])
})

test('a series has a point for each hour or day of its window, with zeros, and its sums are those of the window', async () => {
  const now = Date.now()
  const window = { since: iso(now - 90 * DAY), until: iso(now) }
  for (const [bucket, length] of [['HOUR', HOUR] as const, ['DAY', DAY] as const]) {
    const { syncStats } = await query(app.url, everyKey, Series, { bucket, ...window })
    const { series } = syncStats
    expect(series.length).toBe(bucket === 'HOUR' ? 90 * 24 + 1 : 91)
    const times = series.map(({ at }) => Date.parse(at))
    expect(times).toEqual(times.map((_, index) => times[0]! + index * length))
    expect(times[0]! % length).toBe(0)
    expect(series.reduce((sum, point) => sum + point.eventsReceived, 0)).toBe(syncStats.eventsReceived)
    expect(series.slice(0, 80)).toEqual(
      series.slice(0, 80).map(({ at }) => ({ at, usersCreated: 0, eventsReceived: 0 })),
    )
    expect(series.at(-1)!.eventsReceived + series.at(-2)!.eventsReceived).toBe(syncStats.eventsReceived)
  }
})

test('Law 10: hourly series of many directories are refused', async () => {
  const text = `{ directories(first: 50) { nodes { syncStats { series(bucket: HOUR) { at usersCreated } } } } }`
  const { errors } = await ask<unknown, Record<string, never>>(app.url, everyKey, text)
  expect(errors?.[0]?.extensions?.code).toBe('TOO_COMPLEX')
})

const OfDirectories = graphql(`
  query StatsOfDirectories($first: Int!, $since: DateTime) {
    directories(first: $first) {
      nodes {
        syncStats(since: $since) {
          usersCreated
          eventsFailed
        }
        week: syncStats(since: $since) {
          eventsReceived
        }
        all: syncStats {
          eventsReceived
        }
      }
    }
  }
`)

test('statistics take a statement for each window, however many directories, and read the roll-ups alone', async () => {
  for (let n = 0; n < 20; n += 1)
    await app.deliver(event('dsync.activated', { id: `directory_more_${n}`, name: `More ${n}`, state: 'active' }, n))
  await app.applied()
  const since = iso(Date.now() - 7 * DAY)
  for (const first of [1, 20]) {
    const statements = await allStatementsOf(async () => {
      const { directories } = await query(app.url, everyKey, OfDirectories, { first, since })
      expect(directories.nodes).toHaveLength(first)
    })
    const reading = statements.filter(({ text }) => /from stats\b/.test(text))
    expect(reading).toHaveLength(2)
  }
})
