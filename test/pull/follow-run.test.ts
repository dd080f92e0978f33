// A run is followed by whoever subscribes to it, until it has ended.
import { print } from 'graphql'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FollowRunSubscription } from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { statementsOf } from '../graphql/statements.ts'
import { asServerSentEvents, connectSocket, overWebSocket } from '../support/live.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from './harness.ts'
import { hold, requested } from './runs.ts'

let pull: Harness
let key: string
beforeAll(async () => {
  pull = await startFilled()
  key = await pull.app.key(null, ['directory:read', 'sync:write'])
})
afterEach(() => pull.recover())
afterAll(() => pull.close())

const FollowRun = graphql(`
  subscription FollowRun($id: ID!) {
    syncRun(id: $id) {
      state
      usersSeen
      progress
      finishedAt
    }
  }
`)

test.each([
  ['WebSocket', overWebSocket],
  ['server-sent events', asServerSentEvents],
])(
  'a subscriber sees a run as it is, then each change, and is done when it has ended: %s',
  async (_name, transport) => {
    const held = hold('/directory_users')
    const id = await requested(pull, key)
    await held.reached
    const live = transport<FollowRunSubscription>(pull.app.url, key, { query: print(FollowRun), variables: { id } })
    const first = (await live.next()).syncRun
    expect(first).toMatchObject({ state: 'RUNNING', usersSeen: 0, finishedAt: null })
    expect(first.progress).toBeGreaterThan(0)
    expect(first.progress).toBeLessThan(1)
    held.release()
    const seen = [first]
    for await (const answer of live) seen.push(answer.data!.syncRun)
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCEEDED', progress: 1 })
    expect(seen.at(-1)!.finishedAt).not.toBeNull()
    expect(seen.slice(0, -1).every(({ finishedAt }) => finishedAt === null)).toBe(true)
    expect(seen.map(({ usersSeen }) => usersSeen)).toEqual(
      seen.map(({ usersSeen }) => usersSeen).toSorted((a, b) => a - b),
    )
    // Of one that has ended, its end alone.
    const late = transport<FollowRunSubscription>(pull.app.url, key, { query: print(FollowRun), variables: { id } })
    const states = []
    for await (const answer of late) states.push(answer.data!.syncRun.state)
    expect(states).toEqual(['SUCCEEDED'])
  },
)

test('a subscriber that leaves while nothing happens is let go at once, and the others are not', async () => {
  const held = hold('/directory_users')
  const id = await requested(pull, key)
  await held.reached
  const operation = { query: print(FollowRun), variables: { id } }
  const socket = connectSocket(pull.app.url, key)
  const [stays, leaves] = [socket, socket].map((one) => one.subscribe<FollowRunSubscription>(operation))
  const gone = overWebSocket<FollowRunSubscription>(pull.app.url, key, operation)
  await Promise.all([stays!.next(), leaves!.next(), gone.next()])
  leaves!.leave()
  gone.cut()
  held.release()
  let last
  for await (const answer of stays!) last = answer.data?.syncRun
  expect(last).toMatchObject({ state: 'SUCCEEDED' })
  // Nobody is left: no ring makes anybody look for a run any more.
  const { rings, watched } = await ringsAnswered()
  expect(rings).toBeGreaterThan(0)
  expect(watched).toBe(0)
})

/** How often a run is looked for by its followers while the bell rings. */
async function ringsAnswered(): Promise<{ rings: number; watched: number }> {
  let rings = 0
  const client = await pull.app.db.pool.connect()
  client.on('notification', () => (rings += 1))
  const statements = await statementsOf(async () => {
    await client.query('listen rollcall_changes')
    await client.query(`select pg_notify('rollcall_changes', '')`)
    await until(async () => rings > 0)
  })
  client.release(true)
  return { rings, watched: statements.filter(({ text }) => /from "public"."sync_run"/.test(text)).length }
}

test('a run that nobody has, and one of another organization, are the same to a subscriber', async () => {
  const id = await requested(pull, key)
  const other = await pull.app.key('org_other', ['directory:read', 'sync:write'])
  const answers = []
  for (const runId of [id, 'sync_run_none']) {
    const live = overWebSocket(pull.app.url, other, { query: print(FollowRun), variables: { id: runId } })
    for await (const answer of live)
      answers.push(answer.errors!.map(({ message, extensions }) => ({ message, extensions })))
  }
  expect(answers).toHaveLength(2)
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]![0]!.extensions).toMatchObject({ code: 'NOT_FOUND' })
})
