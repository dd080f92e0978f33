import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createReceiver } from './receiver.ts'
import { onlyDirectory, request, start } from './start.ts'

test('the overview tells who is there, what happened, and what goes wrong', async () => {
  const receiver = await createReceiver()
  const simulator = await start({ webhookUrl: receiver.url, seed: 5 })
  simulator.actions.promote()
  await simulator.settled()
  simulator.faults.set({ slow: { count: 3 } })
  const { status, json } = await request(simulator, 'GET', '/_simulator', undefined, null)
  expect(status).toBe(200)
  expect(json).toMatchObject({
    seed: 5,
    pace: { perMinute: 0, paused: false },
    directories: [
      { id: onlyDirectory(simulator).id, provider: 'okta', keepsInactive: false, metadata: { groups: 12 } },
    ],
    events: 1,
    webhook: { url: receiver.url, pending: 0, delivered: 1, failed: 0, dropped: 0 },
    faults: { active: { slow: { count: 3 } }, struck: {} },
  })
})

test('a person can read the help in a terminal; the copy of WorkOS answers as WorkOS does', async () => {
  const simulator = await start()
  expect((await request(simulator, 'GET', '/_simulator')).text).toMatch(/^\{\n {2}"seed": .*\n\}\n$/s)
  expect((await request(simulator, 'GET', '/directories')).text).not.toContain('\n')
})

test('everything that it can be told is in its help, and can be told', async () => {
  const simulator = await start()
  const { json } = await request(simulator, 'GET', '/_simulator')
  const { controls, actions, faults } = json!.help
  for (const control of controls) {
    const [, method, path] = /^(GET|PUT|POST|DELETE) (\S+): \w/.exec(control)!
    // What lacks a body is refused for that; what is not there, or not for this method, would be 404 or 405.
    const { status } = await request(simulator, method!, path!, method === 'GET' ? undefined : { nothing: 1 })
    expect([control, [200, 201, 202, 422].includes(status)]).toEqual([control, true])
  }
  expect(controls).toContainEqual(expect.stringMatching(/^PUT \/_simulator\/limits: /))
  for (const [action, fields] of Object.entries(actions)) {
    const named = Object.fromEntries(
      fields
        .slice(1, -1)
        .split(', ')
        .map((field) => [/^\w+/.exec(field)![0], {}]),
    )
    const { status, json } = await request(simulator, 'POST', `/_simulator/actions/${action}`, { ...named, nothing: 1 })
    expect([action, status]).toEqual([action, 422])
    // It knows each of them, and wants another value.
    expect(json!.errors.filter(({ code }) => code === 'unknown_field')).toMatchObject([{ field: 'nothing' }])
  }
  expect(actions).toMatchObject({
    offboard: '{directoryId?, userId?, announceRemovals?}',
    changeDirectory: '{directoryId, name?, state?: linked | unlinked | validating | invalid_credentials | deleting}',
  })
  for (const [fault, does] of Object.entries(faults)) {
    expect(does).not.toBe('')
    expect((await request(simulator, 'PUT', '/_simulator/faults', { [fault]: { count: 1 } })).status).toBe(200)
  }
  expect(Object.keys(simulator.faults.state().active)).toEqual(Object.keys(faults))
})

test('limits are lifted and enforced again', async () => {
  const simulator = await start({ rateLimits: true })
  const statuses = async () => {
    const path = `/directory_users?directory=${onlyDirectory(simulator).id}`
    const answers = await Promise.all(Array.from({ length: 8 }, () => request(simulator, 'GET', path)))
    return answers.map(({ status }) => status).sort((a, b) => a - b)
  }
  const limit = (enforced: boolean) => request(simulator, 'PUT', '/_simulator/limits', { enforced })
  expect(await statuses()).toEqual([200, 200, 200, 200, 429, 429, 429, 429])
  expect((await limit(false)).json).toMatchObject({ limits: { enforced: false } })
  expect(new Set(await statuses())).toEqual(new Set([200]))
  await limit(true)
  expect(await statuses()).toContain(429)
})

test('a directory that is deleted unheard is gone, and no event says so', async () => {
  const simulator = await start()
  const directoryId = onlyDirectory(simulator).id
  await request(simulator, 'POST', '/_simulator/actions/deleteDirectory', { directoryId, unheard: true })
  expect((await request(simulator, 'GET', `/directories/${directoryId}`)).status).toBe(404)
  expect(simulator.events()).toEqual([])
})

test('it lives at its pace, rests when paused, and goes on', async () => {
  const receiver = await createReceiver()
  const simulator = await start({ webhookUrl: receiver.url, pacePerMinute: 60_000 })
  await receiver.until(20)
  const paused = await request(simulator, 'POST', '/_simulator/pause')
  expect(paused.json!.pace).toEqual({ perMinute: 60_000, paused: true })
  await simulator.settled()
  const count = simulator.events().length
  expect((await request(simulator, 'PUT', '/_simulator/pace', { perMinute: 30_000 })).status).toBe(200)
  // At that pace this many round trips would have seen something happen.
  for (let round = 0; round < 20; round += 1) await request(simulator, 'GET', '/_simulator')
  expect(simulator.events()).toHaveLength(count)
  await request(simulator, 'POST', '/_simulator/resume')
  await receiver.until(count + 10)
  expect((await request(simulator, 'GET', '/_simulator')).json!.pace).toEqual({ perMinute: 30_000, paused: false })
})

test('a step is one deed of life, now', async () => {
  const simulator = await start()
  const { status, json } = await request(simulator, 'POST', '/_simulator/step', { count: 3 })
  expect(status).toBe(201)
  expect(json!.events).toEqual(simulator.events())
})

test.for([
  ['hire', { department: 'Design', firstName: 'Ada' }, 'dsync.user.created'],
  ['move', {}, 'dsync.user.updated'],
  ['rename', { changeEmail: true }, 'dsync.user.updated'],
  ['promote', {}, 'dsync.user.updated'],
  ['offboard', {}, 'dsync.user.deleted'],
  ['bulkHire', { count: 20 }, 'dsync.user.created'],
  ['bulkOffboard', { count: 5 }, 'dsync.user.deleted'],
  ['createGroup', { name: 'Tigers' }, 'dsync.group.created'],
  ['renameGroup', {}, 'dsync.group.updated'],
  ['deleteGroup', {}, 'dsync.group.deleted'],
  ['createDirectory', { provider: 'google', users: 2 }, 'dsync.activated'],
] as const)('%s can be made to happen', async ([name, body, event]) => {
  const simulator = await start()
  const { status, json } = await request(simulator, 'POST', `/_simulator/actions/${name}`, body, null)
  expect(status).toBe(201)
  expect(json!.events).toEqual(simulator.events())
  expect(simulator.events()[0]!.event).toBe(event)
  const count = 'count' in body ? body.count : 1
  expect(simulator.events().filter((one) => one.event === event)).toHaveLength(count)
})

test('what needs a name gets it: rehire, join, leave, change and delete', async () => {
  const simulator = await start()
  const act = (name: string, body: object) => request(simulator, 'POST', `/_simulator/actions/${name}`, body)
  const [user] = simulator.store.users()
  const { group } = simulator.actions.createGroup()
  const directoryId = onlyDirectory(simulator).id
  await act('joinGroup', { groupId: group.id, userId: user!.id })
  expect(simulator.store.isMember(group.id, user!.id)).toBe(true)
  await act('leaveGroup', { groupId: group.id, userId: user!.id })
  expect(simulator.store.isMember(group.id, user!.id)).toBe(false)
  await act('offboard', { userId: user!.id })
  const back = await act('rehire', { userId: user!.id, sameId: true })
  expect(back.json!.user).toMatchObject({ id: user!.id, state: 'active' })
  await act('changeDirectory', { directoryId, state: 'validating' })
  expect(onlyDirectory(simulator).state).toBe('validating')
  await act('deleteDirectory', { directoryId })
  expect(simulator.store.directories()).toEqual([])
  expect(simulator.events().at(-1)!.event).toBe('dsync.deleted')
})

test.for([
  ['POST', '/_simulator/actions/dance', {}, 422, 'name'],
  ['POST', '/_simulator/actions/hire', { department: 'Dragons' }, 422, 'department'],
  ['POST', '/_simulator/actions/hire', { salary: 1 }, 422, 'salary'],
  ['POST', '/_simulator/actions/bulkHire', {}, 422, 'count'],
  ['POST', '/_simulator/actions/bulkHire', { count: 'all' }, 422, 'count'],
  ['POST', '/_simulator/actions/createDirectory', { provider: 'namely' }, 422, 'provider'],
  ['POST', '/_simulator/actions/deleteDirectory', {}, 422, 'directoryId'],
  ['PUT', '/_simulator/pace', { perMinute: -1 }, 422, 'perMinute'],
  ['PUT', '/_simulator/limits', { enforced: 'no' }, 422, 'enforced'],
  ['PUT', '/_simulator/webhook', { url: 'here' }, 422, 'url'],
  ['PUT', '/_simulator/faults', { late: { probability: 2 } }, 422, 'late.probability'],
  ['PUT', '/_simulator/faults', { lazy: {} }, 422, 'lazy'],
  ['POST', '/_simulator/redeliver', {}, 422, 'eventId'],
  ['POST', '/_simulator/step', { count: 0 }, 422, 'count'],
] as const)('%s %s with %j is refused with %d and the field %s', async ([method, path, body, expected, field]) => {
  const simulator = await start()
  const { status, json } = await request(simulator, method, path, body)
  expect(status).toBe(expected)
  expect(json!.errors.map((error) => error['field'])).toEqual([field])
  expect(simulator.events()).toEqual([])
})

test('an id that is not there is 404, and nobody to choose from is 409', async () => {
  const simulator = await start({ usersPerDirectory: 0 })
  const act = async (name: string, body: object) => {
    const { status, json } = await request(simulator, 'POST', `/_simulator/actions/${name}`, body)
    return [status, json!.message]
  }
  expect(await act('move', { userId: 'directory_user_1' })).toEqual([
    404,
    "Directory User not found: 'directory_user_1'.",
  ])
  expect(await act('hire', { directoryId: 'directory_1' })).toEqual([404, "Directory not found: 'directory_1'."])
  expect(await act('promote', {})).toEqual([409, 'There is no such active user.'])
  expect(await act('rehire', {})).toEqual([409, 'Nobody has left.'])
  expect((await request(simulator, 'POST', '/_simulator/redeliver', { eventId: 'event_1' })).status).toBe(409)
})

test('faults are set, counted down, shown and taken away', async () => {
  const simulator = await start()
  const set = await request(simulator, 'PUT', '/_simulator/faults', { serverError: { count: 2 }, slow: { delayMs: 1 } })
  expect(set.json!.active).toEqual({ serverError: { count: 2 }, slow: { delayMs: 1 } })
  await request(simulator, 'GET', '/directories')
  const shown = await request(simulator, 'GET', '/_simulator/faults')
  expect(shown.json).toEqual({
    active: { serverError: { count: 1 }, slow: { delayMs: 1 } },
    struck: { serverError: 1, slow: 1 },
  })
  const fewer = await request(simulator, 'PUT', '/_simulator/faults', { slow: null })
  expect(fewer.json!.active).toEqual({ serverError: { count: 1 } })
  const none = await request(simulator, 'DELETE', '/_simulator/faults')
  expect(none.json).toEqual({ active: {}, struck: {} })
})

test('deliveries are listed newest first with what each answered, by status and event', async () => {
  const receiver = await createReceiver(({ event }) => (event === 'dsync.user.created' ? 500 : 200))
  const simulator = await start({ webhookUrl: receiver.url, delivery: { retryDelaysMs: [] } })
  const { events } = simulator.actions.hire()
  await simulator.settled()
  const all = await request(simulator, 'GET', '/_simulator/deliveries')
  expect(all.json!.data.map(({ eventId }) => eventId)).toEqual(events.map(({ id }) => id).toReversed())
  const failed = await request(simulator, 'GET', '/_simulator/deliveries?status=failed&limit=1')
  expect(failed.json).toMatchObject({
    total: 1,
    data: [{ event: 'dsync.user.created', status: 'failed', attempts: [{ status: 500, answer: 'answered 500' }] }],
  })
})

test('a reset brings back the seed company and forgets the rest', async () => {
  const receiver = await createReceiver()
  const simulator = await start({ webhookUrl: receiver.url })
  const before = simulator.store.users()
  simulator.actions.bulkOffboard({ count: 3 })
  simulator.actions.createDirectory({ provider: 'workday' })
  simulator.faults.set({ dropped: {} })
  await request(simulator, 'POST', '/_simulator/reset', { announce: false })
  expect(simulator.store.users()).toEqual(before)
  expect(simulator.store.directories()).toHaveLength(1)
  expect([simulator.events(), simulator.deliveries()]).toEqual([[], []])
  await request(simulator, 'POST', '/_simulator/announce')
  await simulator.settled()
  expect(simulator.deliveries().every(({ status }) => status === 'delivered')).toBe(true)
  expect(simulator.events()[0]!.event).toBe('dsync.activated')
})

test('a reset gives up what was still to be delivered', async () => {
  const receiver = await createReceiver()
  const simulator = await start({ webhookUrl: receiver.url })
  simulator.faults.set({ late: { count: 1, delayMs: 20 } })
  simulator.actions.promote()
  simulator.reset()
  simulator.faults.set({ late: { count: 1, delayMs: 40 } })
  const { events } = simulator.actions.promote()
  await simulator.settled()
  expect(receiver.ids()).toEqual(events.map(({ id }) => id))
})

test('closing while deliveries are under way and retries are due leaves nothing behind', async () => {
  const receiver = await createReceiver(() => 500)
  const simulator = await start({ webhookUrl: receiver.url, announces: true, pacePerMinute: 6000 })
  await receiver.until(3)
  await simulator.close()
  await expect(fetch(simulator.url)).rejects.toThrow('fetch failed')
  await simulator.settled()
})

test('a path that is not there is 404, and a method that it is not there for 405, whoever asks', async () => {
  const simulator = await start()
  for (const path of ['//', '//elsewhere/_simulator', '/_simulator/nothing', '/nothing'])
    expect([path, (await send(`${simulator.url}${path}`)).status]).toEqual([path, 404])
  const refused = await request(simulator, 'PATCH', '/_simulator', undefined, null)
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET'])
  expect((await request(simulator, 'GET', '/directories', undefined, null)).status).toBe(401)
})

/** As it is: `fetch` would tidy the path. */
async function send(url: string): Promise<{ status: number }> {
  const { host } = new URL(url)
  const [hostname, port] = host.split(':')
  const outgoing = get({ hostname, port, path: url.slice(url.indexOf(host) + host.length), agent: false })
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.resume()
  return { status: response.statusCode! }
}
