// What people do with events that could not be applied.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { DiscardEventsInput, ReplayEventsInput } from '../../src/generated/operations/graphql.ts'
import { createDiscardEvents } from '../../src/inbox/discard.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'

let app: TestApp
let key: string
let actor: string
/** Each test has a directory of its own, and the inbox to itself. */
let directoryId: string
let organizationId: string
let tests = 0
beforeAll(async () => {
  app = await startTestApp()
})
beforeEach(async () => {
  tests += 1
  directoryId = `directory_${tests}`
  organizationId = `org_${tests}`
  const whose = { directory_id: directoryId, organization_id: organizationId }
  const person = (name: string) => user(`${tests}-${name}`, whose)
  const told = directory({ id: directoryId, organization_id: organizationId })
  await app.deliver(event('dsync.activated', told, 1, 'event_activated'))
  await app.deliver(event('dsync.user.created', person('ada'), 2, 'event_ada'))
  for (const id of ['ben', 'cyd', 'dan'])
    await app.deliver(event('dsync.user.created', { ...person(id), raw_attributes: 'no object' }, 3, `event_${id}`))
  await app.applied()
  key = await app.key(null, ['directory:read', 'events:read', 'events:write'])
  actor = (await app.db.prisma.apiKey.findFirstOrThrow({ orderBy: { createdAt: 'desc' } })).id
})
// Nothing of it is in the server's memory.
afterEach(async () => {
  await app.applied()
  await app.db.pool.query('delete from inbox_event')
})
afterAll(() => app.close())

const Replay = graphql(`
  mutation EventsReplay($input: ReplayEventsInput!) {
    replayEvents(input: $input) {
      __typename
      ... on EventBatch {
        count
        hasMore
        events {
          id
        }
      }
      ... on ValidationError {
        issues {
          path
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const Discard = graphql(`
  mutation EventsDiscard($input: DiscardEventsInput!) {
    discardEvents(input: $input) {
      __typename
      ... on EventBatch {
        count
        hasMore
        events {
          id
          status
          error
        }
      }
      ... on ValidationError {
        issues {
          path
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const Told = graphql(`
  query EventsTold {
    changes(filter: { kinds: [EVENTS_REPLAYED, EVENTS_DISCARDED] }) {
      nodes {
        source
        actor
        eventId
        directory {
          id
        }
        ... on EventsChange {
          kind
          count
          reason
        }
      }
    }
  }
`)

const replay = async (input: ReplayEventsInput, as = key) => (await query(app.url, as, Replay, { input })).replayEvents
const discard = async (input: Omit<DiscardEventsInput, 'reason'>, reason = 'never mind', as = key) =>
  (await query(app.url, as, Discard, { input: { ...input, reason } })).discardEvents
const told = async () => (await query(app.url, key, Told)).changes.nodes.filter((change) => change.actor === actor)
const statuses = async () =>
  Object.fromEntries((await app.db.prisma.inboxEvent.findMany()).map(({ id, status }) => [id, status]))
/** As after a mend of what could not read them. */
const mend = (...ids: string[]) =>
  app.db.pool.query(
    `update inbox_event set body = convert_to(replace(convert_from(body, 'UTF8'), '"no object"', '{}'), 'UTF8') where id = any($1)`,
    [ids],
  )
const people = async () =>
  (await app.db.prisma.directoryUser.findMany({ where: { directoryId }, orderBy: { id: 'asc' } })).map(({ id }) =>
    id.slice(-3),
  )

test('one event, those of a filter, or all that failed are applied once more, and the change log says who wanted it', async () => {
  expect(await statuses()).toMatchObject({ event_ben: 'FAILED', event_cyd: 'FAILED', event_dan: 'FAILED' })
  await mend('event_ben', 'event_cyd', 'event_dan')
  expect(await replay({ ids: ['event_ben', 'event_ada', 'event_none'] })).toEqual({
    __typename: 'EventBatch',
    count: 1,
    hasMore: false,
    events: [{ id: 'event_ben' }],
  })
  await app.applied()
  expect(await people()).toEqual(['ada', 'ben'])
  expect(await replay({ filter: { type: ['dsync.user.deleted'] } })).toMatchObject({ count: 0 })
  expect(await replay({ filter: { type: ['dsync.user.created'], directoryId } })).toMatchObject({
    count: 2,
  })
  await app.applied()
  expect(await people()).toEqual(['ada', 'ben', 'cyd', 'dan'])
  expect(await replay({ all: true })).toMatchObject({ count: 0 })
  const change = { source: 'MUTATION', actor, directory: { id: directoryId }, kind: 'REPLAYED', reason: null }
  // Of what met no event, nothing is told.
  expect(await told()).toEqual([
    { ...change, eventId: 'event_ben', count: 1 },
    { ...change, eventId: null, count: 2 },
  ])
})

test('an event that had been applied changes nothing when it is replayed', async () => {
  const rows = () =>
    app.db.pool.query('select * from directory_user order by id').then((answer) => JSON.stringify(answer.rows))
  const [before, changes] = [await rows(), await app.db.prisma.change.count()]
  await app.db.prisma.inboxEvent.updateMany({
    where: { id: { in: ['event_ada', 'event_activated'] } },
    data: { status: 'FAILED' },
  })
  expect(await replay({ ids: ['event_ada', 'event_activated'] })).toMatchObject({ count: 2 })
  await app.applied()
  expect(await statuses()).toMatchObject({ event_ada: 'STALE', event_activated: 'STALE' })
  expect(await rows()).toBe(before)
  expect(await app.db.prisma.change.count()).toBe(changes + 1)
})

test('discarded events say why, are not applied by all, and come back when they are meant', async () => {
  const [reason, unreadable] = ['a test of theirs', 'not JSON']
  await app.deliver('{')
  expect(await discard({ ids: ['event_ben', 'event_ada'] }, ` ${reason} `)).toEqual({
    __typename: 'EventBatch',
    count: 1,
    hasMore: false,
    events: [{ id: 'event_ben', status: 'DISCARDED', error: reason }],
  })
  expect(await discard({ filter: { type: ['unreadable'] } }, unreadable)).toMatchObject({ count: 1 })
  await mend('event_ben', 'event_cyd', 'event_dan')
  expect(await replay({ all: true })).toMatchObject({ count: 2 })
  await app.applied()
  expect(await people()).toEqual(['ada', 'cyd', 'dan'])
  // What is of no directory cannot be applied, however it is asked for.
  expect(await replay({ filter: { status: ['DISCARDED'] } })).toMatchObject({ count: 1, events: [{ id: 'event_ben' }] })
  await app.applied()
  expect(await people()).toEqual(['ada', 'ben', 'cyd', 'dan'])
  expect((await told()).map(({ eventId: _eventId, ...change }) => change).slice(0, 2)).toEqual([
    { source: 'MUTATION', actor, directory: { id: directoryId }, kind: 'DISCARDED', count: 1, reason },
    { source: 'MUTATION', actor, directory: null, kind: 'DISCARDED', count: 1, reason: unreadable },
  ])
})

test('one call takes so many, oldest first, and says whether there are more', async () => {
  const take = createDiscardEvents({ db: app.db, now: () => new Date(), most: 2 })
  const choice = { statuses: ['FAILED'] as const }
  expect(await take(choice, 'x', 'test')).toEqual({ ids: ['event_ben', 'event_cyd'], hasMore: true })
  expect(await take(choice, 'x', 'test')).toEqual({ ids: ['event_dan'], hasMore: false })
})

test('what is asked for has to be said in one way, and with a reason', async () => {
  const paths = (answer: object) =>
    (answer as { issues: { path: string[] }[] }).issues.map(({ path }) => path.join('.'))
  expect(paths(await replay({}))).toEqual(['input'])
  expect(paths(await replay({ all: true, ids: ['event_ben'] }))).toEqual(['input'])
  expect(paths(await replay({ ids: [] }))).toEqual(['input.ids'])
  expect(paths(await replay({ filter: { status: ['FAILED', 'APPLIED'] } }))).toEqual(['input.filter.status'])
  expect(paths(await discard({ filter: { status: ['PENDING'] } }, ' '))).toEqual([
    'input.filter.status',
    'input.reason',
  ])
})

test('both need events:write, and show payloads to nobody without events:read', async () => {
  const forbidden = { __typename: 'ForbiddenError', requiredScope: 'events:write' }
  const reader = await app.key(null, ['directory:read', 'events:read', 'sync:write'])
  expect(await replay({ all: true }, reader)).toEqual(forbidden)
  expect(await discard({ ids: ['event_ben'] }, 'x', reader)).toEqual(forbidden)
  for (const scopes of [
    ['events:write', 'directory:read'],
    ['events:write', 'events:read'],
  ]) {
    const { data, errors } = await ask(app.url, await app.key(null, scopes), Replay, { input: { all: true } })
    expect(data?.replayEvents).toMatchObject({ events: null })
    expect(errors!.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
    await app.applied()
  }
})

test("another organization's events are as little found as those that nobody has (law 8)", async () => {
  const other = await app.key('org_other', ['directory:read', 'events:read', 'events:write'])
  const before = await statuses()
  const none = { __typename: 'EventBatch', count: 0, hasMore: false, events: [] }
  expect(await replay({ ids: ['event_ben'] }, other)).toEqual(none)
  for (const filter of [{}, { organizationId }, { directoryId }]) {
    expect(await replay({ filter }, other)).toEqual(none)
    expect(await discard({ filter }, 'x', other)).toEqual(none)
  }
  expect(await replay({ all: true }, other)).toEqual(none)
  expect(await discard({ ids: ['event_ben'] }, 'x', other)).toEqual(none)
  expect(await statuses()).toEqual(before)
  // Their own are.
  const own = await app.key(organizationId, ['directory:read', 'events:read', 'events:write'])
  expect(await discard({ filter: { organizationId } }, 'x', own)).toMatchObject({ count: 3 })
})
