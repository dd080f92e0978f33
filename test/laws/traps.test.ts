// What WorkOS really sends, and what a mirror that was written from its documentation gets wrong: each with its name.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { signDelivery } from '../../src/simulator/sign.ts'
import { startTestApp, webhookSecret, type TestApp } from '../support/app.ts'
import { event } from '../support/events.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { company, type Company } from './company.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

// Each test has a customer of its own, and all that it told is told again at its end: nothing may come of that.
let one: Company
let tests = 0
beforeEach(() => {
  tests += 1
  one = company(app, key, `t${tests}`)
})
afterEach(() => one.retell())

test('a deletion that comes 31 seconds late does not undo what happened since', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.created', ops, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 32)
  await one.tell('dsync.user.deleted', { ...ada, state: 'inactive', email: 'old@example.com' }, 1.5)
  const { users, groups, changes } = await one.look()
  expect(users.ada).toMatchObject({ state: 'ACTIVE', email: ada.email, groups: ['ops'] })
  expect(groups.ops!.members).toEqual(['ada'])
  expect(changes).toEqual(['user ada CREATED', 'group ops CREATED', 'membership ops ada ADDED'])
})

test('who comes back under the same id has all memberships again, though nobody announces them', async () => {
  const [ada, ops, dev] = [one.user('ada'), one.group('ops'), one.group('dev')]
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.created', ops, 1)
  await one.tell('dsync.group.created', dev, 1)
  for (const group of [ops, dev]) await one.tell('dsync.group.user_added', one.member(group, ada), 2)
  await one.tell('dsync.group.user_removed', one.member(dev, ada), 3)
  await one.tell('dsync.user.deleted', { ...ada, state: 'inactive' }, 4)
  expect(await one.look()).toMatchObject({
    users: { ada: { state: 'DELETED', deletedAt: '2026-06-25T00:00:04.000Z', groups: [] } },
    groups: { ops: { members: [] }, dev: { members: [] } },
  })
  await one.tell('dsync.user.created', ada, 5)
  const { users, groups, changes } = await one.look()
  expect(users.ada).toMatchObject({ state: 'ACTIVE', deletedAt: null, groups: ['ops'] })
  expect(groups.dev!.members).toEqual([])
  expect(changes.slice(-4)).toEqual([
    'user ada DELETED',
    'membership ops ada REMOVED',
    'user ada REACTIVATED',
    'membership ops ada ADDED',
  ])
})

test('whoever is new in a directory that was deleted and connected again is CREATED, and says nothing of before', async () => {
  const one = company(app, key, 'reconnected')
  const [old, fresh] = [one.user('old'), one.user('fresh')]
  await one.tell('dsync.activated', one.directory(), 1)
  await one.tell('dsync.user.created', old, 2)
  await one.tell('dsync.deleted', one.directory(), 3)
  await one.tell('dsync.activated', one.directory(), 4)
  await one.tell('dsync.user.created', fresh, 5)
  await one.tell('dsync.user.created', old, 6)
  expect((await one.look()).changes.slice(-2)).toEqual(['user fresh CREATED', 'user old REACTIVATED'])
  const { rows } = await app.db.pool.query(
    `select changed_fields, previous from change where directory_id = $1 and kind::text ~ 'DIRECTORY_USER_(CREATED|REACTIVATED)' order by position desc limit 2`,
    [one.directoryId],
  )
  expect(rows).toEqual([
    { changed_fields: ['state'], previous: { state: 'DELETED' } },
    { changed_fields: [], previous: null },
  ])
})

test('who comes back under a new id is another row, with the same idp_id and no memberships', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  const again = one.user('ada2', { idp_id: ada.idp_id, email: ada.email })
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 2)
  await one.tell('dsync.user.deleted', ada, 3)
  await one.tell('dsync.user.created', again, 4)
  const { users, groups } = await one.look()
  expect(users.ada).toMatchObject({ state: 'DELETED', groups: [] })
  expect(users.ada2).toMatchObject({ state: 'ACTIVE', idpId: ada.idp_id, groups: [] })
  expect(groups.ops!.members).toEqual([])
})

test('a membership that comes before its user and its group is kept, and they are filled in later', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  const partial = { id: ada.id, directory_id: one.directoryId, email: 'ada@example.com' }
  await one.tell('dsync.group.user_added', one.member({ id: ops.id, name: 'ops' }, partial), 3)
  expect(await one.look()).toMatchObject({
    users: { ada: { state: 'ACTIVE', email: 'ada@example.com', name: null, idpId: '', groups: ['ops'] } },
    groups: { ops: { name: 'ops', members: ['ada'] } },
  })
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.created', { ...ops, name: 'old name' }, 1)
  expect(await one.look()).toMatchObject({
    // Of the fields that both speak of, the newer event's stand.
    users: { ada: { email: 'ada@example.com', name: ada.name, idpId: ada.idp_id, groups: ['ops'] } },
    groups: { ops: { name: 'ops', members: ['ada'] } },
  })
})

test('an add that comes after its group was deleted makes no member, is not tried for ever, and holds when the group is back', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.created', ops, 1)
  await one.tell('dsync.group.deleted', ops, 10)
  const late = await one.tell('dsync.group.user_added', one.member(ops, ada), 5)
  const { users, groups, events } = await one.look()
  expect(users.ada!.groups).toEqual([])
  expect(groups).toEqual({})
  expect(events[late]).toMatchObject({ status: 'APPLIED', attempts: 1, error: null })
  await one.tell('dsync.group.created', ops, 20)
  expect((await one.look()).groups.ops!.members).toEqual(['ada'])
})

test('an add that is newer than the deletion of its user and its group proves that both are back', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  await one.tell('dsync.user.deleted', ada, 1)
  await one.tell('dsync.group.deleted', ops, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 2)
  expect(await one.look()).toMatchObject({
    users: { ada: { state: 'ACTIVE', groups: ['ops'] } },
    groups: { ops: { members: ['ada'] } },
  })
})

test('a removal that is told twice, or of somebody who is gone or unknown, creates nobody', async () => {
  const [ada, bob, ops] = [one.user('ada'), one.user('bob'), one.group('ops')]
  await one.tell('dsync.group.created', ops, 1)
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 2)
  await one.tell('dsync.group.user_removed', one.member(ops, ada), 3)
  await one.tell('dsync.user.deleted', ada, 4)
  await one.tell('dsync.group.user_removed', one.member(ops, ada), 5) // dust-tt/dust#30259
  await one.tell('dsync.group.user_removed', one.member(ops, bob), 6)
  await one.tell('dsync.group.user_removed', one.member(one.group('dev'), bob), 7)
  const { users, groups, changes } = await one.look()
  expect(users).toEqual({ ada: expect.objectContaining({ state: 'DELETED', groups: [] }) as unknown })
  expect(Object.keys(groups)).toEqual(['ops'])
  expect(changes.slice(-2)).toEqual(['membership ops ada REMOVED', 'user ada DELETED'])
})

test('a removal whose copy of the user is older lets nobody in again', async () => {
  const [ada, bob, ops] = [one.user('ada'), one.user('bob'), one.group('ops')]
  for (const person of [ada, bob]) await one.tell('dsync.group.user_added', one.member(ops, person), 1)
  await one.tell('dsync.user.updated', { ...ada, state: 'inactive' }, 2)
  await one.tell('dsync.group.user_removed', one.member(ops, ada), 3)
  await one.tell('dsync.group.user_removed', one.member(ops, bob), 3) // the other way round
  await one.tell('dsync.user.updated', { ...bob, state: 'inactive' }, 2)
  const { users } = await one.look()
  expect(users).toMatchObject({ ada: { state: 'INACTIVE', groups: [] }, bob: { state: 'INACTIVE', groups: [] } })
})

test('a deletion that comes before its creation leaves a tombstone, which the older creation does not revive', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  await one.tell('dsync.user.deleted', ada, 5)
  await one.tell('dsync.group.deleted', ops, 5)
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.created', ops, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 2)
  const { users, groups } = await one.look()
  expect(users.ada).toMatchObject({ state: 'DELETED', deletedAt: '2026-06-25T00:00:05.000Z', groups: [] })
  expect(groups).toEqual({})
  await one.tell('dsync.user.created', ada, 9)
  await one.tell('dsync.group.created', ops, 9)
  expect((await one.look()).groups.ops!.members).toEqual(['ada'])
})

test(
  'one dsync.deleted ends all 1,600 users of a directory, in transactions of bounded size',
  { timeout: 120_000 },
  async () => {
    const ops = one.group('ops')
    const users = Array.from({ length: 1_600 }, (_, index) => one.user(`u${index}`))
    const events = [
      ...users.map((user) => event('dsync.user.created', user, 1)),
      ...users.slice(0, 1_200).map((user) => event('dsync.group.user_added', one.member(ops, user), 2)),
    ]
    for (let from = 0; from < events.length; from += 100)
      await Promise.all(events.slice(from, from + 100).map((told) => app.deliver(told)))
    await app.applied()
    await one.tell('dsync.deleted', one.directory(), 10)

    const { rows: left } = await app.db.pool.query(
      `select (select count(*) from directory_user where directory_id = $1 and state <> 'DELETED') as users,
            (select count(*) from directory_group where directory_id = $1 and state <> 'DELETED') as groups,
            (select count(*) from membership where directory_id = $1 and visible) as memberships`,
      [one.directoryId],
    )
    expect(left).toEqual([{ users: 0, groups: 0, memberships: 0 }])
    const { rows: transactions } = await app.db.pool.query<{ users: number; all: number }>(
      `select count(*) filter (where kind = 'DIRECTORY_USER_DELETED') as users, count(*) as all
     from change where directory_id = $1 and kind::text ~ 'DELETED|REMOVED' group by xmin::text`,
      [one.directoryId],
    )
    expect(transactions.reduce((sum, { users: some }) => sum + some, 0)).toBe(1_600)
    expect(transactions.length).toBeGreaterThanOrEqual(3)
    // 500 users or groups, one membership each, and at most one group's memberships more.
    for (const { all } of transactions) expect(all).toBeLessThanOrEqual(2_000)
  },
)

test('a directory that was deleted comes back with those alone who are told alive since', async () => {
  const [ada, bob, ops] = [one.user('ada'), one.user('bob'), one.group('ops')]
  await one.tell('dsync.activated', one.directory(), 0)
  for (const user of [ada, bob]) await one.tell('dsync.user.created', user, 1)
  await one.tell('dsync.group.created', ops, 1)
  for (const user of [ada, bob]) await one.tell('dsync.group.user_added', one.member(ops, user), 2)
  await one.tell('dsync.deleted', one.directory({ domains: undefined, external_key: undefined }), 10)
  expect((await one.look()).directory).toMatchObject({ state: 'DELETED', deletedAt: '2026-06-25T00:00:10.000Z' })
  await one.tell('dsync.user.updated', bob, 9)
  await one.tell('dsync.activated', one.directory(), 20)
  await one.tell('dsync.user.created', ada, 21)
  await one.tell('dsync.group.created', ops, 21)
  expect(await one.look()).toMatchObject({
    directory: { state: 'ACTIVE', deletedAt: null },
    users: { ada: { state: 'ACTIVE', groups: ['ops'] }, bob: { state: 'DELETED', groups: [] } },
    groups: { ops: { members: ['ada'] } },
  })
})

test('whoever gets the e-mail address of somebody else does not get their memberships', async () => {
  const [ada, ops] = [one.user('ada', { email: 'a@example.com' }), one.group('ops')]
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.user_added', one.member(ops, ada), 2)
  await one.tell('dsync.user.updated', { ...ada, state: 'inactive' }, 3)
  await one.tell('dsync.user.created', one.user('adam', { email: 'a@example.com', username: 'a@example.com' }), 4)
  const { users } = await one.look()
  expect(users.adam).toMatchObject({ state: 'ACTIVE', email: 'a@example.com', groups: [] })
  expect(users.ada).toMatchObject({ state: 'INACTIVE', email: 'a@example.com', groups: ['ops'] })
})

test('a partial user inside of a membership event fills in, and clears nothing', async () => {
  const attributes = { department_name: 'Engineering', username: 'ada.l' }
  const ada = one.user('ada', { custom_attributes: attributes, roles: [{ slug: 'admin' }] })
  const ops = one.group('ops')
  await one.tell('dsync.user.created', ada, 1)
  const before = (await one.look()).users.ada
  const bare = { id: ada.id, directory_id: one.directoryId }
  const emptied = { ...bare, email: null, name: null, username: null, emails: [], custom_attributes: {}, role: null, roles: [] } // oxfmt-ignore
  await one.tell('dsync.group.user_added', one.member(ops, bare), 2)
  await one.tell('dsync.group.user_removed', one.member(ops, emptied), 3)
  await one.tell('dsync.group.user_added', one.member({ id: ops.id }, emptied), 4)
  const { users, groups } = await one.look()
  expect(users.ada).toEqual({ ...before, groups: ['ops'] })
  expect(groups.ops).toEqual({ name: 'ops', members: ['ada'] })
  await one.tell('dsync.group.user_removed', one.member(ops, { ...bare, email: 'new@example.com' }), 5)
  expect((await one.look()).users.ada).toEqual({ ...before, email: 'new@example.com', groups: [] })
})

test('a time without a zone is UTC', async () => {
  const ada = one.user('ada', { created_at: '2020-05-06 04:21:48.649164' })
  const body = { ...event('dsync.user.created', ada), created_at: '2026-04-28 20:05:31.093' }
  expect(await app.deliver(body)).toBe(200)
  await app.applied()
  const { users, events } = await one.look()
  expect(users.ada!.createdAt).toBe('2020-05-06T04:21:48.649Z')
  expect(events[body.id]!.occurredAt).toBe('2026-04-28T20:05:31.093Z')
})

test('the signature is of the bytes, whatever escapes and spaces they are written with', async () => {
  const told = event('dsync.user.created', one.user('ada', { first_name: 'FIRST', name: 'NAME' }))
  const body = ` \t${JSON.stringify(told, null, 3)}\r\n\n`
    .replace('"FIRST"', '"\\u00c5\\u0073e\\ud83d\\ude00\\/"')
    .replace('"NAME"', '"Åse 😀"')
    .replaceAll('": ', '"  :\t')
  expect(await app.deliver(body)).toBe(200)
  await app.applied()
  expect((await one.look()).users.ada).toMatchObject({ firstName: 'Åse😀/', name: 'Åse 😀' })
  const again = JSON.stringify(JSON.parse(body))
  const headers = { 'workos-signature': signDelivery(body, webhookSecret, Date.now()) }
  expect((await fetch(`${app.url}/webhooks/workos`, { method: 'POST', body: again, headers })).status).toBe(400)
})

test('a user who is updated to inactive must not get in, and keeps memberships; one who is deleted keeps none', async () => {
  const [ada, bob, ops] = [one.user('ada'), one.user('bob'), one.group('ops')]
  for (const user of [ada, bob]) await one.tell('dsync.group.user_added', one.member(ops, user), 1)
  await one.tell('dsync.user.updated', { ...ada, state: 'inactive', previous_attributes: { state: 'active' } }, 2)
  await one.tell('dsync.user.deleted', { ...bob, state: 'inactive' }, 2)
  expect(await one.look()).toMatchObject({
    users: { ada: { state: 'INACTIVE', groups: ['ops'] }, bob: { state: 'DELETED', groups: [] } },
    groups: { ops: { members: ['ada'] } },
  })
  expect((await one.look()).changes.slice(-3)).toEqual([
    'user ada DEACTIVATED',
    'user bob DELETED',
    'membership ops bob REMOVED',
  ])
  await one.tell('dsync.user.updated', { ...ada, state: 'suspended' }, 3)
  expect((await one.look()).users.ada!.state).toBe('INACTIVE')
  await one.tell('dsync.user.updated', ada, 4)
  expect((await one.look()).changes.at(-1)).toBe('user ada REACTIVATED')
})

test('a deleted group has no members, though no event takes them out', async () => {
  const [ada, bob, ops] = [one.user('ada'), one.user('bob'), one.group('ops')]
  for (const user of [ada, bob]) await one.tell('dsync.group.user_added', one.member(ops, user), 1)
  await one.tell('dsync.group.deleted', ops, 2)
  const { users, groups, changes } = await one.look()
  expect([users.ada!.groups, users.bob!.groups, groups]).toEqual([[], [], {}])
  expect(changes.slice(-3).sort()).toEqual([
    'group ops DELETED',
    'membership ops ada REMOVED',
    'membership ops bob REMOVED',
  ])
})

test('U+0000 and lone surrogates in attributes do not keep an event from being applied', async () => {
  const ada = one.user('ada', {
    first_name: 'A\u0000da',
    name: 'half \ud83d',
    custom_attributes: { 'k\u0000ey': ['v\u0000', { deep: '\udc00x' }] },
  })
  const id = await one.tell('dsync.user.created', ada, 1)
  const { users, events } = await one.look()
  expect(events[id]!.status).toBe('APPLIED')
  expect(users.ada).toMatchObject({ firstName: 'Ada', name: 'half \ufffd', customAttributes: { key: ['v', { deep: '\ufffdx' }] } }) // oxfmt-ignore
  await one.tell('dsync.group.created', one.group('ops', { name: '\u0000Ops\ud800' }), 2)
  expect((await one.look()).groups.ops!.name).toBe('Ops\ufffd')
})

test('an id with U+0000 is no other id', async () => {
  const ada = one.user('ada')
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.user.deleted', { ...ada, id: `${ada.id}\u0000` }, 2)
  const { users } = await one.look()
  expect(users).toMatchObject({ ada: { state: 'ACTIVE' } })
})

test('an event that names a user of another directory is FAILED, says why, and changes nothing', async () => {
  const other = company(app, key, 'neighbour')
  const [ada, ops] = [one.user('ada'), other.group('ops')]
  await one.tell('dsync.user.created', ada, 1)
  const before = await one.look()
  const stolen = { ...ada, directory_id: other.directoryId, first_name: 'Eve', organization_id: 'org_neighbour' }
  const ids = [
    await other.tell('dsync.user.updated', stolen, 5),
    await other.tell('dsync.user.deleted', stolen, 6),
    await other.tell('dsync.group.user_added', other.member(ops, stolen), 7),
  ]
  const { events, directory } = await other.look()
  for (const id of ids)
    expect(events[id]).toMatchObject({
      status: 'FAILED',
      error: `${ada.id} belongs to ${one.directoryId}; an event of ${other.directoryId} cannot change it`,
    })
  expect(directory, 'not even a directory came of it').toBe(null)
  const embedded = await other.tell('dsync.group.user_added', other.member(ops, ada), 8)
  expect((await other.look()).events[embedded]).toMatchObject({
    status: 'FAILED',
    error: `data.user.directory_id: must be ${other.directoryId}, as in data.directory_id`,
  })
  expect(await one.look()).toEqual(before)
  await other.retell()
})

test('dsync.deactivated, which may never come, disconnects the directory and ends nobody', async () => {
  const ada = one.user('ada')
  await one.tell('dsync.activated', one.directory(), 1)
  await one.tell('dsync.user.created', ada, 2)
  await one.tell('dsync.deactivated', one.directory({ state: 'inactive' }), 3)
  expect(await one.look()).toMatchObject({ directory: { state: 'INACTIVE' }, users: { ada: { state: 'ACTIVE' } } })
  await one.tell('dsync.activated', one.directory(), 4)
  expect(await one.look()).toMatchObject({
    directory: { state: 'ACTIVE' },
    changes: ['directory ACTIVATED', 'user ada CREATED', 'directory DEACTIVATED', 'directory ACTIVATED'],
  })
})

test('events that nobody knows are kept as IGNORED and acknowledged', async () => {
  const token = { object: 'directory_token', id: 'directory_token_1', directory_id: one.directoryId, token_suffix: 'x' }
  const ids = [
    await one.tell('dsync.token.created', token, 1),
    await one.tell('dsync.group.renamed.v2', token, 1),
    await one.tell('constructor', token, 1),
  ]
  const { events, directory, changes } = await one.look()
  for (const id of ids) expect(events[id]).toMatchObject({ status: 'IGNORED', error: null })
  expect([directory, changes]).toEqual([null, []])
})

test('a body that is no JSON is FAILED with its bytes kept, once however often it comes', async () => {
  const bodies = [
    '{"id": "event_cut", "event": "dsync.user.cre',
    '',
    'null',
    '[1]',
    '"\\u0000"',
    '{"event":"dsync.deleted"}',
  ]
  for (const body of [...bodies, ...bodies]) expect(await app.deliver(body)).toBe(200)
  const { rows } = await app.db.pool.query<{ body: Buffer; status: string; error: string }>(
    `select body, status, error from inbox_event where id like 'unreadable%'`,
  )
  expect(rows.map((row) => row.body.toString()).sort()).toEqual(bodies.toSorted())
  expect(rows.map((row) => row.status)).toEqual(bodies.map(() => 'FAILED'))
  for (const row of rows) expect(row.error).toMatch(/JSON|must be/)
})

test('a malformed event is FAILED with the name of the field, and those after it are applied', async () => {
  const bad = await one.tell('dsync.user.created', one.user('ada', { email: 7, roles: [{}] }), 1)
  await one.tell('dsync.user.created', one.user('bob'), 2)
  const { users, events } = await one.look()
  expect(Object.keys(users)).toEqual(['bob'])
  expect(events[bad]).toMatchObject({ status: 'FAILED', attempts: 1 })
  expect(events[bad]!.error).toMatch(/^data\.email: .*; data\.roles\.0\.slug: /)
})

test('a user is inactive when WorkOS says so in a membership event only', async () => {
  const [ada, ops] = [one.user('ada'), one.group('ops')]
  await one.tell('dsync.user.created', ada, 1)
  await one.tell('dsync.group.user_added', one.member(ops, { ...ada, state: 'inactive' }), 2)
  expect((await one.look()).users.ada).toMatchObject({ state: 'INACTIVE', groups: ['ops'] })
})

test('the roles that WorkOS computed are taken from the newest event that names them', async () => {
  const ada = one.user('ada', { role: { slug: 'member' } })
  await one.tell('dsync.user.created', ada, 1)
  expect((await one.look()).users.ada!.idpRoles).toEqual(['member'])
  const roles = [{ slug: 'admin' }, { slug: 'member' }]
  await one.tell('dsync.group.user_added', one.member(one.group('ops'), { ...ada, roles }), 2)
  expect((await one.look()).users.ada!.idpRoles).toEqual(['admin', 'member'])
})

test(
  'the thin forms of all events, which name ids alone, are completed by asking WorkOS',
  { timeout: 120_000 },
  async () => {
    const seed = {
      apiKey: 'sk_test',
      announces: false,
      rateLimits: false,
      directories: ['okta'],
      usersPerDirectory: 6,
    } as const
    const workos = await createSimulator(seed)
    const thinApp = await startTestApp({ workosUrl: workos.url })
    try {
      const directoryId = workos.store.directories()[0]!.object.id
      const [ada, bob] = workos.store.users(directoryId)
      const [ops, dev] = workos.store.groups(directoryId)
      const tell = async (type: string, ids: object) => {
        second += 1
        const told = event(type, { directory_id: directoryId, ...ids }, second)
        expect(await thinApp.deliver(told)).toBe(200)
        await thinApp.applied()
        return told.id
      }
      let second = 0
      const adaId = { directory_user_id: ada!.id }
      const opsId = { directory_group_id: ops!.id }
      const thin = company(thinApp, await thinApp.key(), directoryId.replace('directory_', ''))
      expect(thin.directoryId).toBe(directoryId)
      const short = (id: string) => id.replace(/^directory_(user|group)_/, '')

      await tell('dsync.activated', {})
      await tell('dsync.user.created', adaId)
      await tell('dsync.group.created', opsId)
      await tell('dsync.group.user_added', { ...adaId, ...opsId })
      await tell('dsync.group.user_added', { user_id: bob!.id, group_id: dev!.id })
      const first = await thin.look()
      expect(first.directory).toMatchObject({ state: 'ACTIVE', name: workos.store.directories()[0]!.object.name })
      expect(first.users[short(ada!.id)]).toMatchObject({
        state: 'ACTIVE',
        email: ada!.email,
        groups: [short(ops!.id)],
      })
      expect(first.users[short(bob!.id)]).toMatchObject({
        state: 'ACTIVE',
        email: bob!.email,
        groups: [short(dev!.id)],
      })
      expect(first.groups[short(ops!.id)]).toMatchObject({ name: ops!.name })

      workos.actions.rename({ userId: ada!.id, firstName: 'Augusta' })
      workos.actions.renameGroup({ groupId: ops!.id, name: 'Renamed' })
      await tell('dsync.user.updated', adaId)
      await tell('dsync.group.updated', opsId)
      await tell('dsync.group.user_removed', { ...adaId, ...opsId })
      const then = await thin.look()
      expect(then.users[short(ada!.id)]).toMatchObject({ firstName: 'Augusta', groups: [] })
      expect(then.groups[short(ops!.id)]).toEqual({ name: 'Renamed', members: [] })

      // What is gone cannot be asked for.
      workos.actions.offboard({ userId: ada!.id })
      workos.actions.deleteGroup({ groupId: ops!.id })
      const gone = await tell('dsync.user.updated', adaId)
      expect((await thin.look()).events[gone]).toMatchObject({ status: 'IGNORED', error: `WorkOS no longer knows ${ada!.id}` }) // oxfmt-ignore
      await tell('dsync.user.deleted', adaId)
      await tell('dsync.group.deleted', opsId)
      // Except for a membership, which is not announced again when the member returns.
      second -= 3
      const joined = await tell('dsync.group.user_added', { ...adaId, directory_group_id: dev!.id })
      expect(await thin.look()).toMatchObject({
        events: { [joined]: { status: 'APPLIED' } },
        users: { [short(ada!.id)]: { state: 'DELETED' } },
        groups: { [short(dev!.id)]: { members: [short(bob!.id)] } },
      })
      second += 2
      await tell('dsync.deactivated', {})
      const third = await thin.look()
      expect(third.users[short(ada!.id)]).toMatchObject({ state: 'DELETED', firstName: 'Augusta' })
      expect(Object.keys(third.groups)).toEqual([short(dev!.id)])
      expect(third.directory!.state).toBe('INACTIVE')
      workos.actions.deleteDirectory({ directoryId })
      await tell('dsync.deleted', {})
      const last = await thin.look()
      expect([last.directory!.state, Object.values(last.users).map(({ state }) => state)]).toEqual(['DELETED', ['DELETED', 'DELETED']]) // oxfmt-ignore
    } finally {
      await thinApp.close()
      await workos.close()
    }
  },
)
