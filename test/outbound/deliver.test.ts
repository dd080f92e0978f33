import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { deliveriesOf, OF_DIRECTORIES, quiet, removeEndpoints, startSender, subscribe } from './endpoints.ts'
import { keyOf, startReceiver } from './receiver.ts'

let app: TestApp
beforeAll(async () => {
  app = await startSender()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.applied()
})
afterEach(() => removeEndpoints(app))
afterAll(() => app.close())

let tests = 0
beforeEach(() => void (tests += 1))
/** Each test has people of its own. */
const called = (name: string) => `${name}${tests}`
const person = (name: string, fields = {}) => user(called(name), fields)
const idOf = (name: string) => person(name).id

async function accountOf(name: string): Promise<string | null> {
  return (await app.db.prisma.directoryUser.findUniqueOrThrow({ where: { id: idOf(name) } })).accountId
}

test('a change comes signed by the specification, with what it is about as it is now', async () => {
  const ada = called('ada')
  const receiver = await startReceiver()
  await subscribe(app, receiver, OF_DIRECTORIES)
  await app.deliver(event('dsync.user.created', person('ada', { custom_attributes: { level: null } }), 2, 'event_ada'))
  await receiver.accepts(1)
  const changed = { first_name: 'Ada', custom_attributes: { level: 7 } }
  await app.deliver(event('dsync.user.updated', person('ada', changed), 3, 'event_ada_2'))
  await receiver.accepts(2)
  expect(receiver.forged).toBe(0)
  const [created, updated] = receiver.accepted
  expect(created).toMatchObject({
    type: 'directory_user.created',
    timestamp: '2026-06-25T00:00:02.000Z',
    headers: { 'content-type': 'application/json', 'webhook-id': expect.stringMatching(/^msg_/) as string },
    data: {
      kind: 'DIRECTORY_USER_CREATED',
      source: 'WEBHOOK',
      eventId: 'event_ada',
      actor: null,
      organizationId: 'org_test',
      directoryId: 'directory_test',
      directoryUserId: `directory_user_${ada}`,
      directoryUser: {
        id: `directory_user_${ada}`,
        idpId: `idp_${ada}`,
        email: `${ada}@example.com`,
        firstName: ada,
        lastName: 'Example',
        name: `${ada} Example`,
        username: null,
        state: 'ACTIVE',
      },
      directoryGroupId: null,
      directoryGroup: null,
      changedFields: [],
      previous: null,
    },
  })
  expect(updated!.data).toMatchObject({
    changedFields: ['firstName', 'customAttributes'],
    previous: { firstName: ada, customAttributes: { level: null } },
    detail: null, // that the level was null, not absent, is kept only for queries about the past
  })
  expect(updated!.data.directoryUser).toMatchObject({ firstName: 'Ada' })
  expect(updated!.id).not.toBe(created!.id)
  // The cursor is that of the subscription: whoever has lost messages goes on there.
  const { rows } = await app.db.pool.query<{ count: number }>('select count(*)::int as count from webhook_delivery')
  expect(rows[0]!.count).toBe(2)
  expect(created!.data.id).toBe(`change_${String(created!.data.cursor)}`)
})

test('a message is what docs/webhooks.md shows, field by field, and null where that shows null', async () => {
  const text = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const published = JSON.parse(/^```json\n(.*?)^```/ms.exec(text)![1]!) as Record<string, unknown>
  const receiver = await startReceiver()
  await app.deliver(event('dsync.user.created', person('ada'), 2))
  await app.applied()
  await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_DEACTIVATED'] })
  await app.deliver(event('dsync.user.updated', person('ada', { state: 'inactive' }), 3))
  await receiver.accepts(1)
  const { type, timestamp, data } = receiver.accepted[0]!
  expect(shapeOf({ type, timestamp, data })).toEqual(shapeOf(published))
})

/** A JSON value with ids without what is theirs alone, and texts that a person or a clock decides left out. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'string')
    return /^(change|event|org|directory_user|directory|account)_/.exec(value)?.[0] ?? 'text'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]))
}

test('an endpoint is told of its kinds alone, and of nothing that was before it', async () => {
  const [all, leavers] = [await startReceiver(), await startReceiver()]
  await app.deliver(event('dsync.user.created', person('before'), 2))
  await app.applied()
  const ids = [
    await subscribe(app, leavers, { kinds: ['DIRECTORY_USER_DELETED', 'MEMBERSHIP_REMOVED'] }),
    await subscribe(app, all, OF_DIRECTORIES),
  ]
  await app.deliver(event('dsync.group.created', group('ops'), 3))
  await app.deliver(event('dsync.group.user_added', member(group('ops'), person('before')), 4))
  await app.deliver(event('dsync.user.deleted', person('before'), 5))
  await app.applied()
  await quiet(app)
  const types = (receiver: typeof all) => receiver.accepted.map(({ type }) => type).toSorted()
  expect(types(leavers)).toEqual(['directory_user.deleted', 'membership.removed'])
  expect(types(all)).toEqual([
    'directory_group.created',
    'directory_user.deleted',
    'membership.added',
    'membership.removed',
  ])
  // What happens to a person is in order with what happens to their account.
  const account = await accountOf('before')
  expect((await deliveriesOf(app, ids[1]!)).map(({ orderingKey }) => orderingKey)).toEqual([
    'directory_group_ops',
    account,
    account,
    account,
  ])
})

test('a retry has the same id and the same bytes, whatever has changed meanwhile', async () => {
  const receiver = await startReceiver()
  receiver.answer = ({ data }) => (data.changedFields?.toString() === '' && receiver.received.length < 2 ? 500 : 204)
  await subscribe(app, receiver, OF_DIRECTORIES)
  await app.deliver(event('dsync.user.created', person('ada'), 2))
  await receiver.receives(1)
  await app.deliver(event('dsync.user.updated', person('ada', { first_name: 'Ada' }), 3))
  await app.applied()
  await app.db.pool.query('update webhook_delivery set next_attempt_at = now() where next_attempt_at is not null')
  await receiver.accepts(2)
  const [first, again, later] = receiver.received
  expect([again!.id, again!.body]).toEqual([first!.id, first!.body])
  expect(Number(again!.headers['webhook-timestamp'])).toBeGreaterThanOrEqual(
    Number(first!.headers['webhook-timestamp']),
  )
  expect(later!.type).toBe('directory_user.updated')
})

test('a person whose messages fail holds up nobody but themselves', async () => {
  const receiver = await startReceiver()
  receiver.answer = (message) => (keyOf(message) === idOf('bad') ? 500 : 204)
  const endpoint = await subscribe(app, receiver, OF_DIRECTORIES)
  for (let round = 0; round < 3; round += 1) {
    for (const name of ['bad', 'ada', 'ben'])
      await app.deliver(
        event(`dsync.user.${round === 0 ? 'created' : 'updated'}`, person(name, { job_title: `${round}` }), 2 + round),
      )
    await app.applied()
    await quiet(app)
  }
  const of = (name: string) => receiver.accepted.filter((one) => keyOf(one) === idOf(name))
  expect([of('ada').length, of('ben').length, of('bad').length]).toEqual([3, 3, 0])
  const account = await accountOf('bad')
  const bad = (await deliveriesOf(app, endpoint)).filter(({ orderingKey }) => orderingKey === account)
  expect(bad.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['PENDING', 1],
    ['PENDING', 0],
    ['PENDING', 0],
  ])
})

test('of one person the next message is sent when the one before it was answered, and others beside them', async () => {
  const receiver = await startReceiver()
  const open = new Set<string>()
  let most = 0
  const overlaps: string[] = []
  const { promise: four, resolve: thereAreFour } = Promise.withResolvers<void>()
  receiver.answer = async (message) => {
    const key = keyOf(message)
    if (open.has(key)) overlaps.push(key)
    open.add(key)
    most = Math.max(most, open.size)
    if (most === 4) thereAreFour()
    await four
    await sleep(2)
    open.delete(key)
    return 204
  }
  await subscribe(app, receiver, OF_DIRECTORIES)
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  for (let round = 0; round < 8; round += 1)
    await Promise.all(
      names.map((name) =>
        app.deliver(
          event(
            `dsync.user.${round === 0 ? 'created' : 'updated'}`,
            person(name, { job_title: `${round}` }),
            2 + round,
          ),
        ),
      ),
    )
  await app.applied()
  await quiet(app)
  expect(overlaps).toEqual([])
  expect(most).toBe(4)
  for (const name of names) {
    const told = receiver.accepted.filter((one) => keyOf(one) === idOf(name))
    const times = told.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted())
    expect(new Set(times).size).toBe(times.length)
  }
})

test('hundreds of changes at once come over in pages, each once', async () => {
  const receiver = await startReceiver()
  await subscribe(app, receiver, { kinds: ['DIRECTORY_USER_CREATED'] })
  await app.db.pool.query(`
    with clock as (update change_clock set position = position + 450 returning position)
    insert into change (position, kind, directory_id, organization_id, user_id, changed_fields, source, occurred_at)
    select clock.position - 450 + n, 'DIRECTORY_USER_CREATED', 'directory_test', 'org_test', 'directory_user_' || n % 150, '{}',
           'WEBHOOK', now()
    from clock, generate_series(1, 450) n`)
  await quiet(app)
  expect(receiver.accepted).toHaveLength(450)
  expect(new Set(receiver.accepted.map(({ data }) => data.cursor)).size).toBe(450)
})

test('an endpoint whose messages cannot be made holds up no other, and has them made when they can be', async () => {
  const [broken, fine] = [await startReceiver(), await startReceiver()]
  const kinds = ['DIRECTORY_USER_CREATED' as const]
  const logged = app.lines.length
  const endpoint = await subscribe(app, broken, { kinds })
  await subscribe(app, fine, { kinds })
  await app.db.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.endpoint_id = '${endpoint}' then raise exception 'not this one'; end if;
      return new;
    end $$;
    create trigger refuse before insert on webhook_delivery for each row execute function refuse()`)
  await app.deliver(event('dsync.user.created', person('ada'), 2))
  await fine.accepts(1)
  expect(app.lines.slice(logged)).toContainEqual(expect.objectContaining({ msg: 'outbound webhooks' }))
  await app.db.pool.query('drop trigger refuse on webhook_delivery')
  await broken.accepts(1)
})
