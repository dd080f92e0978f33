// What people ask of sync runs: through the API, as an operator does.
import { readFileSync } from 'node:fs'
import { print } from 'graphql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FollowRunSubscription } from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { ask, query } from '../support/client.ts'
import { asServerSentEvents, connectSocket, overWebSocket } from '../support/live.ts'
import { until } from '../support/until.ts'
import { startHarness, type Harness } from './harness.ts'

let pull: Harness
let key: string
/** The id of the key, which is the actor. */
let actor: string
beforeEach(async () => {
  pull = await startHarness({}, { env: { SYNC_RETRY_MS: '60000' } })
  await pull.backfilled()
  await pull.age()
  key = await pull.app.key(null, ['directory:read', 'sync:write'])
  actor = (await pull.app.db.prisma.apiKey.findFirstOrThrow()).id
})
const { fetch } = globalThis
afterEach(async () => {
  globalThis.fetch = fetch
  await pull.close()
})

const Resync = graphql(`
  mutation RunResync($input: ResyncDirectoryInput!) {
    resyncDirectory(input: $input) {
      __typename
      ... on SyncRun {
        id
        kind
        state
        dryRun
        requestedBy
        directory {
          id
        }
      }
      ... on NotFoundError {
        message
      }
      ... on ConflictError {
        message
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const Cancel = graphql(`
  mutation RunCancel($id: ID!) {
    cancelSyncRun(input: { id: $id }) {
      __typename
      ... on SyncRun {
        id
        state
        finishedAt
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
const Approve = graphql(`
  mutation RunApprove($directoryId: ID!) {
    approveHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
          state
          approvedBy
        }
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
const Reject = graphql(`
  mutation RunReject($directoryId: ID!) {
    rejectHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
          state
        }
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
const Runs = graphql(`
  query RunList($directoryId: ID!, $id: ID!) {
    directory(id: $directoryId) {
      syncRuns(first: 10) {
        totalCount
        nodes {
          id
          kind
          state
          progress
        }
      }
    }
    syncRun(id: $id) {
      usersSeen
      held
      removed
      progress
    }
    node(id: $id) {
      __typename
      id
    }
  }
`)
const Guard = graphql(`
  mutation RunGuard($input: UpdateDirectoryGuardInput!) {
    updateDirectoryGuard(input: $input) {
      __typename
      ... on DirectoryGuard {
        minimum
        percent
        overridden
      }
      ... on ValidationError {
        issues {
          path
        }
      }
    }
  }
`)
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

const resync = async (dryRun = false) =>
  (await query(pull.app.url, key, Resync, { input: { directoryId: pull.directoryId, dryRun } })).resyncDirectory
const cancel = async (id: string) => (await query(pull.app.url, key, Cancel, { id })).cancelSyncRun
const guard = async (input: { minimum?: number | null; percent?: number | null }) =>
  (await query(pull.app.url, key, Guard, { input: { directoryId: pull.directoryId, ...input } })).updateDirectoryGuard
const deferrals = () => pull.app.db.prisma.syncRunDeferral.count()

async function requested(): Promise<string> {
  const run = await resync()
  if (run.__typename !== 'SyncRun') throw new Error(JSON.stringify(run))
  return run.id
}

/** Stops the traversal before a page of WorkOS's until it is let go. */
function hold(match: string) {
  const original = globalThis.fetch
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  globalThis.fetch = async (...request) => {
    if (new Request(...request).url.includes(match)) {
      reached.resolve()
      await gate.promise
    }
    return original(...request)
  }
  return {
    reached: reached.promise,
    release() {
      globalThis.fetch = original
      gate.resolve()
    },
  }
}

async function massLeaving(): Promise<void> {
  const { store, actions } = pull.simulator
  for (const user of store.users().slice(0, 60)) actions.offboard({ userId: user.id })
}
const alive = () => pull.app.db.prisma.directoryUser.count({ where: { state: 'ACTIVE' } })

test('a resync is done at once, by whom it was asked for, and a second request returns the one that is under way', async () => {
  const held = hold('/directory_users')
  const first = await resync()
  expect(first).toMatchObject({
    kind: 'RESYNC',
    dryRun: false,
    requestedBy: actor,
    directory: { id: pull.directoryId },
  })
  await held.reached
  const second = await resync(true)
  expect(second).toMatchObject({ id: (first as { id: string }).id, state: 'RUNNING', dryRun: false })
  held.release()
  const { id } = first as { id: string }
  expect(await pull.finished(id)).toMatchObject({ state: 'SUCCEEDED' })
  const told = await query(pull.app.url, key, Runs, { directoryId: pull.directoryId, id })
  expect(told.directory?.syncRuns).toMatchObject({
    totalCount: 2,
    nodes: [
      { id, kind: 'RESYNC', state: 'SUCCEEDED', progress: 1 },
      { kind: 'BACKFILL', progress: 1 },
    ],
  })
  expect(told.syncRun).toEqual({ usersSeen: pull.simulator.store.users().length, held: 0, removed: 0, progress: 1 })
  expect(told.node).toEqual({ __typename: 'SyncRun', id })
})

test("README's mutation works as it stands, but for the directory", async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const repair = /mutation Repair [^`]+/.exec(readme)![0].replace('directory_…', pull.directoryId)
  const { data, errors } = await ask<{ resyncDirectory: { id: string } }, Record<string, never>>(
    pull.app.url,
    key,
    repair,
  )
  expect(errors).toBeUndefined()
  expect(await pull.finished(data!.resyncDirectory.id)).toMatchObject({ state: 'SUCCEEDED', dryRun: true })
})

test('a run is cancelled between pages, and what it would have removed stays', async () => {
  await massLeaving()
  const before = await alive()
  const held = hold('/directory_users')
  const id = await requested()
  await held.reached
  expect(await cancel(id)).toMatchObject({ id, state: 'RUNNING', finishedAt: null })
  held.release()
  expect(await pull.finished(id)).toMatchObject({ state: 'CANCELLED', removed: 0 })
  expect(await alive()).toBe(before)
  expect(await cancel(id)).toEqual({ __typename: 'ConflictError', message: `${id} has ended already` })
})

test('a queued run that is cancelled while it begins stays cancelled', async () => {
  const held = hold(`/directories/${pull.directoryId}`)
  const id = await requested()
  await held.reached
  expect(await cancel(id)).toMatchObject({ id, state: 'CANCELLED' })
  const next = await requested()
  expect(next).not.toBe(id)
  held.release()
  await pull.finished(next)
  expect(await pull.app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })).toMatchObject({
    state: 'CANCELLED',
    startedAt: null,
  })
})

test('a run that waits for WorkOS to come back is cancelled without it', async () => {
  pull.simulator.faults.set({ serverError: { match: '/directory_users' } })
  const id = await requested()
  await until(
    async () => (await pull.app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })).nextAttemptAt !== null,
  )
  await cancel(id)
  expect(await pull.finished(id)).toMatchObject({ state: 'CANCELLED' })
})

test('what the guard holds goes on when somebody approves, and the run says who', async () => {
  await massLeaving()
  const before = await alive()
  const id = await requested()
  const { held } = await pull.finished(id)
  expect(held).toBeGreaterThanOrEqual(60)
  expect(await alive()).toBe(before)
  // Nothing else is begun meanwhile.
  expect(await requested()).toBe(id)
  const variables = { directoryId: pull.directoryId }
  expect((await query(pull.app.url, key, Approve, variables)).approveHeldChanges).toMatchObject({
    __typename: 'HeldChanges',
    events: 0,
    syncRun: { id, approvedBy: actor },
  })
  await until(async () => (await pull.finished(id)).state !== 'RUNNING')
  expect(await pull.finished(id)).toMatchObject({ state: 'SUCCEEDED', approvedBy: actor })
  await pull.expectInStep()
  expect((await query(pull.app.url, key, Approve, variables)).approveHeldChanges).toEqual({
    __typename: 'ConflictError',
    message: `Nothing is held in ${pull.directoryId}`,
  })
})

test('an approval is for what one traversal found: when the lists have to be read anew, they are judged anew', async () => {
  await massLeaving()
  const id = await requested()
  await pull.finished(id)
  await pull.app.db.prisma.syncRun.update({
    where: { id },
    data: { state: 'QUEUED', phase: 'REMOVAL', approvedBy: actor },
  })
  await until(async () => (await pull.finished(id)).state !== 'QUEUED')
  expect(await pull.finished(id)).toMatchObject({ state: 'AWAITING_APPROVAL', approvedBy: null })
})

test('what the guard holds is done away with when somebody rejects, with all that was put off', async () => {
  const { store, actions } = pull.simulator
  const { directory } = actions.createDirectory({ provider: 'entra', users: 100, keepsInactive: true })
  const { prisma } = pull.app.db
  const runs = () => prisma.syncRun.findMany({ where: { directoryId: directory.id } })
  await until(async () => (await runs()).length > 0)
  await pull.finished((await runs())[0]!.id)
  await pull.age()
  for (const user of store.users(directory.id).slice(0, 50)) actions.offboard({ userId: user.id })
  const before = await alive()
  const input = { directoryId: directory.id }
  const run = (await query(pull.app.url, key, Resync, { input })).resyncDirectory as { id: string }
  expect(await pull.finished(run.id)).toMatchObject({ state: 'AWAITING_APPROVAL', held: 50 })
  expect(await deferrals()).toBe(50)
  expect((await query(pull.app.url, key, Reject, input)).rejectHeldChanges).toEqual({
    __typename: 'HeldChanges',
    events: 0,
    syncRun: { id: run.id, state: 'CANCELLED' },
  })
  expect([await deferrals(), await alive()]).toEqual([0, before])
  expect((await query(pull.app.url, key, Reject, input)).rejectHeldChanges.__typename).toBe('ConflictError')
})

test("a directory's own thresholds decide for it, and null gives it those of the settings back", async () => {
  expect(await guard({ percent: 30 })).toMatchObject({ minimum: 20, percent: 30, overridden: true })
  expect(await guard({ minimum: 5 })).toMatchObject({ minimum: 5, percent: 30, overridden: true })
  await massLeaving() // 60 of 230, which is less than 30 %
  expect(await pull.finished(await requested())).toMatchObject({ state: 'SUCCEEDED' })
  expect(await guard({ minimum: null, percent: 0 })).toMatchObject({ minimum: 20, percent: 0, overridden: true })
  expect(await guard({ percent: null })).toMatchObject({ minimum: 20, percent: 20, overridden: false })
  expect(await guard({ minimum: -1, percent: 101 })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['input', 'minimum'] }, { path: ['input', 'percent'] }],
  })
})

test('a deleted directory is not compared, and nothing is asked without the scope', async () => {
  await pull.app.db.prisma.directory.update({ where: { id: pull.directoryId }, data: { deletedAt: new Date() } })
  expect((await resync()).__typename).toBe('ConflictError')
  const reader = await pull.app.key(null, ['directory:read', 'events:write'])
  const told = await query(pull.app.url, reader, Resync, { input: { directoryId: pull.directoryId } })
  expect(told.resyncDirectory).toEqual({ __typename: 'ForbiddenError', requiredScope: 'sync:write' })
})

test('who may ask for runs does not read the mirror through them', async () => {
  const operator = await pull.app.key(null, ['sync:write'])
  const { errors } = await ask(pull.app.url, operator, Resync, { input: { directoryId: pull.directoryId } })
  expect(errors!.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
})

test.each([
  ['WebSocket', overWebSocket],
  ['server-sent events', asServerSentEvents],
])(
  'a subscriber sees a run as it is, then each change, and is done when it has ended: %s',
  async (_name, transport) => {
    const held = hold('/directory_users')
    const id = await requested()
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
  const id = await requested()
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
  const { statementsOf } = await import('../graphql/statements.ts')
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
  const id = await requested()
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
