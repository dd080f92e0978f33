import { describe, expect, test } from 'vitest'
import { groupObject, userObject } from '../../src/simulator/payload.ts'
import { createReceiver } from './receiver.ts'
import { onlyDirectory, request, sdkFor, start } from './start.ts'

describe('POST /events', () => {
  test('wraps a whole object into an event, records it and delivers it signed', async () => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    const data = userObject({
      id: 'directory_user_01E1X1B89NH8Z3SDFJR4H7RGX7',
      directory_id: onlyDirectory(simulator).id,
    })
    const sent = await request(simulator, 'POST', '/events', { event: 'dsync.user.created', data })
    expect(sent.status).toBe(201)
    expect(sent.json).toMatchObject({ object: 'event', event: 'dsync.user.created', data, context: {} })
    expect(sent.json!.id).toMatch(/^event_[0-9A-Z]{26}$/)
    await simulator.settled()
    expect(receiver.received.map(({ event }) => event)).toEqual([sent.json])
    const [{ raw, headers }] = receiver.received as [(typeof receiver.received)[0]]
    const { webhooks, events } = sdkFor(simulator)
    const sigHeader = String(headers['workos-signature'])
    const event = await webhooks.constructEvent({ payload: raw, sigHeader, secret: simulator.webhookSecret })
    expect(event.data).toMatchObject({ id: data.id })
    expect((await events.listEvents({ events: ['dsync.user.created'] })).data).toEqual([event])
  })

  test.for([
    ['dsync.activated', {}],
    ['dsync.deleted', {}],
    ['dsync.user.created', { directory_user_id: 'directory_user_1' }],
    ['dsync.user.updated', { directory_user_id: 'directory_user_1' }],
    ['dsync.user.deleted', { directory_user_id: 'directory_user_1' }],
    ['dsync.group.created', { directory_group_id: 'directory_group_1' }],
    ['dsync.group.updated', { directory_group_id: 'directory_group_1' }],
    ['dsync.group.deleted', { directory_group_id: 'directory_group_1' }],
    ['dsync.group.user_added', { directory_user_id: 'directory_user_1', directory_group_id: 'directory_group_1' }],
    ['dsync.group.user_removed', { directory_user_id: 'directory_user_1', directory_group_id: 'directory_group_1' }],
  ] as const)('delivers the thin form of %s as it is', async ([event, ids]) => {
    const receiver = await createReceiver()
    const simulator = await start({ webhookUrl: receiver.url })
    const data = { directory_id: 'directory_1', ...ids }
    expect((await request(simulator, 'POST', '/events', { event, data }, null)).status).toBe(201)
    await simulator.settled()
    expect(receiver.received.map(({ event }) => [event.event, event.data])).toEqual([[event, data]])
  })

  test('takes memberships of whole objects, and names that WorkOS may have one day', async () => {
    const simulator = await start()
    const directory_id = 'directory_1'
    const user = userObject({ id: 'directory_user_1', directory_id })
    const group = groupObject({ id: 'directory_group_1', directory_id })
    const sent = [
      { event: 'dsync.group.user_added', data: { directory_id, user, group } },
      { event: 'dsync.deactivated', data: { id: directory_id } },
      { event: 'dsync.token.created', data: {} },
    ]
    for (const body of sent) expect((await request(simulator, 'POST', '/events', body)).status).toBe(201)
    expect(simulator.events().map(({ event, data }) => ({ event, data }))).toEqual(sent)
  })

  test.for([
    [{}, ['event', 'data']],
    [{ event: 5, data: {} }, ['event']],
    [{ event: 'user created', data: {} }, ['event']],
    [{ event: 'dsync.user.created', data: [] }, ['data']],
    [{ event: 'dsync.user.created', data: { id: 'directory_user_1' } }, ['data.directory_id']],
    [{ event: 'dsync.user.created', data: { directory_id: 'directory_1' } }, ['data.directory_user_id']],
    [{ event: 'dsync.group.updated', data: { directory_id: 'directory_1' } }, ['data.directory_group_id']],
    [{ event: 'dsync.deleted', data: {} }, ['data.directory_id']],
    [
      { event: 'dsync.group.user_added', data: { directory_id: 'd', directory_user_id: 'u' } },
      ['data.directory_group_id'],
    ],
    ['[]', ['body']],
    ['', ['body']],
  ] as const)('refuses %j and names what is wrong', async ([body, fields]) => {
    const simulator = await start()
    const { status, json } = await request(simulator, 'POST', '/events', body)
    expect(status).toBe(422)
    expect(json!.errors.map(({ field }) => field)).toEqual(fields)
    expect(json!.message).toContain(fields[0])
    expect(simulator.events()).toEqual([])
  })

  test('refuses what is no JSON, what is too big, and a wrong key', async () => {
    const simulator = await start()
    expect(await request(simulator, 'POST', '/events', '{')).toMatchObject({
      status: 400,
      json: { code: 'invalid_json' },
    })
    const big = await request(simulator, 'POST', '/events', `"${'x'.repeat(10_000_001)}"`)
    expect(big.status).toBe(413)
    const body = { event: 'dsync.deleted', data: { directory_id: 'directory_1' } }
    expect((await request(simulator, 'POST', '/events', body, 'Bearer sk_wrong')).status).toBe(401)
  })
})
