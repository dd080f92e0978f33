import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, type Answer } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { asServerSentEvents, connectSocket, overWebSocket, type Operation, type Transport } from '../support/live.ts'

// Two instances that share a database and nothing else.
let a: TestApp
let b: TestApp
let key: string
beforeAll(async () => {
  a = await startTestApp()
  b = await startTestApp({ connectionString: a.connectionString })
  key = await a.key()
  await a.deliver(event('dsync.activated', directory(), 1))
  await a.applied()
})
afterAll(async () => {
  await b.close()
  await a.close()
})

/** The cursor of the newest change: whoever subscribes after it misses nothing of what the test does next. */
async function newest(): Promise<string> {
  interface Data {
    changes: { pageInfo: { endCursor: string } }
  }
  const { data } = await ask<Data, object>(a.url, key, '{ changes(last: 1) { pageInfo { endCursor } } }')
  return data!.changes.pageInfo.endCursor
}

async function deliver(type: string, data: Record<string, unknown>): Promise<void> {
  expect(await a.deliver(event(type, data))).toBe(200)
}

const transports: [string, Transport][] = [
  ['over WebSocket', overWebSocket],
  ['as server-sent events', asServerSentEvents],
]

describe.each(transports)('%s', (name, subscribe) => {
  const ada = user(name.replaceAll(' ', '_'))

  test('what WorkOS delivers to one instance is pushed to a subscriber of another', async () => {
    const live = subscribe<{ changes: unknown }>(b.url, key, {
      query: `subscription ($after: String!) {
        changes(after: $after) {
          __typename source eventId directory { name }
          ... on DirectoryUserChange { kind directoryUserId directoryUser { name email state } }
        }
      }`,
      variables: { after: await newest() },
    })
    const created = event('dsync.user.created', ada)
    expect(await a.deliver(created)).toBe(200)
    expect(await live.next()).toEqual({
      changes: {
        __typename: 'DirectoryUserChange',
        source: 'WEBHOOK',
        eventId: created.id,
        directory: { name: 'Test directory' },
        kind: 'CREATED',
        directoryUserId: ada.id,
        directoryUser: { name: ada.name, email: ada.email, state: 'ACTIVE' },
      },
    })
  })

  test('each change shows what it is about as it is then, not as the one before showed it', async () => {
    const engineering = group(name.replaceAll(' ', '_'))
    const live = subscribe<{ changes: unknown }>(b.url, key, {
      query: `subscription ($after: String!, $user: ID!) {
        changes(after: $after, filter: { directoryUserId: $user, kinds: [DIRECTORY_USER_UPDATED, MEMBERSHIP_ADDED, MEMBERSHIP_REMOVED] }) {
          ... on DirectoryUserChange { changedFields previous directoryUser { name groups { nodes { name } } } }
          ... on MembershipChange { directoryGroup { name memberCount } directoryUser { name groups { nodes { name } } } }
        }
      }`,
      variables: { after: await newest(), user: ada.id },
    })
    const renamed = { ...ada, first_name: 'Ada', last_name: 'Lovelace', name: 'Ada Lovelace' }
    await deliver('dsync.user.updated', renamed)
    expect(await live.next()).toEqual({
      changes: {
        changedFields: expect.arrayContaining(['name', 'firstName', 'lastName']) as string[],
        previous: expect.objectContaining({ name: ada.name }) as object,
        directoryUser: { name: 'Ada Lovelace', groups: { nodes: [] } },
      },
    })
    await deliver('dsync.group.created', engineering)
    await deliver('dsync.group.user_added', member(engineering, renamed))
    const inGroup = { name: 'Ada Lovelace', groups: { nodes: [{ name: engineering.name }] } }
    expect(await live.next()).toEqual({
      changes: { directoryGroup: { name: engineering.name, memberCount: 1 }, directoryUser: inGroup },
    })
    await deliver('dsync.group.user_removed', member(engineering, renamed))
    expect(await live.next()).toEqual({
      changes: {
        directoryGroup: { name: engineering.name, memberCount: 0 },
        directoryUser: { ...inGroup, groups: { nodes: [] } },
      },
    })
  })

  test('a key that is bound to an organization is pushed nothing of another', async () => {
    const other = { directory_id: 'directory_other', organization_id: 'org_other' }
    const after = await newest()
    const live = subscribe<{ changes: { directory: { name: string } } }>(b.url, await a.key('org_other'), {
      query: 'subscription ($after: String!) { changes(after: $after) { directory { name } } }',
      variables: { after },
    })
    await deliver('dsync.user.updated', { ...ada, job_title: `Countess ${name}` })
    await a.applied()
    await deliver(
      'dsync.activated',
      directory({ id: other.directory_id, organization_id: other.organization_id, name }),
    )
    expect(await live.next()).toEqual({ changes: { directory: { name } } })
  })

  test.each(refusals())('%s is refused with its reason', async (_what, operation, reason) => {
    const answers: Answer<unknown>[] = []
    for await (const answer of subscribe(b.url, key, operation)) answers.push(answer)
    expect(answers).toEqual([expect.objectContaining({ errors: [expect.objectContaining(reason)] })])
  })
})

test('operations that are refused disturb no other one of their socket', async () => {
  const socket = connectSocket(b.url, key)
  const live = socket.subscribe<{ changes: { eventId: string } }>({
    query:
      'subscription ($after: String!) { changes(after: $after, filter: { kinds: [DIRECTORY_USER_CREATED] }) { eventId } }',
    variables: { after: await newest() },
  })
  for (const [what, operation] of refusals()) {
    const { done, value } = await socket.subscribe(operation)[Symbol.asyncIterator]().next()
    expect({ what, done, refused: (value as Answer<unknown>).errors?.length }).toEqual({
      what,
      done: false,
      refused: 1,
    })
    const one = event('dsync.user.created', user(`socket_${what.replaceAll(' ', '_')}`))
    expect(await a.deliver(one)).toBe(200)
    expect(await live.next()).toEqual({ changes: { eventId: one.id } })
  }
  expect(socket.closed()).toBeNull()
})

function refusals(): [string, Operation, object][] {
  const withCode = (code: string, message: string) => ({
    message: expect.stringMatching(message) as string,
    extensions: expect.objectContaining({ code }) as object,
  })
  const withMessage = (message: string) => ({ message: expect.stringMatching(message) as string })
  const changes = (args: string) => ({ query: `subscription { changes(${args}) { cursor } }` })
  return [
    [
      'what was never a cursor',
      changes('after: "17"'),
      withCode('BAD_USER_INPUT', '^after: is not the cursor of a change$'),
    ],
    [
      'an unknown kind',
      changes('filter: { kinds: [PROMOTED] }'),
      withMessage('"PROMOTED" does not exist in "ChangeKind"'),
    ],
    ['an unknown filter', changes('filter: { colour: "red" }'), withMessage('unknown field "colour"')],
    [
      'a variable of the wrong type',
      { query: 'subscription ($after: String) { changes(after: $after) { cursor } }', variables: { after: 17 } },
      withMessage(String.raw`"\$after"`),
    ],
    ['an unknown field', { query: 'subscription { changes { colour } }' }, withMessage('Cannot query field "colour"')],
    ['an unknown subscription', { query: 'subscription { weather }' }, withMessage('Cannot query field "weather"')],
    ['a syntax error', { query: 'subscription { changes {' }, withMessage('Syntax Error')],
  ]
}
