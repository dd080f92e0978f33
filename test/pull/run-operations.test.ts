// What people ask of sync runs: through the API, as an operator does.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { ask as askApi, query } from '../support/client.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from './harness.ts'
import { Approve, Cancel, hold, Reject, requested, Resync, resync } from './runs.ts'

let pull: Harness
let key: string
/** The id of the key, which is the actor. */
let actor: string
beforeAll(async () => {
  pull = await startFilled({ SYNC_RETRY_MS: '60000' })
  key = await pull.app.key(null, ['directory:read', 'sync:write'])
  actor = (await pull.app.db.prisma.apiKey.findFirstOrThrow()).id
})
afterEach(() => pull.recover())
afterAll(() => pull.close())

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

const ask = (dryRun?: boolean) => resync(pull, key, dryRun)
const begin = () => requested(pull, key)
const cancel = async (id: string) => (await query(pull.app.url, key, Cancel, { id })).cancelSyncRun
const guard = async (input: { minimum?: number | null; percent?: number | null }) =>
  (await query(pull.app.url, key, Guard, { input: { directoryId: pull.directoryId, ...input } })).updateDirectoryGuard
const deferrals = () => pull.app.db.prisma.syncRunDeferral.count()

test('a resync is done at once, by whom it was asked for, and a second request returns the one that is under way', async () => {
  const held = hold('/directory_users')
  const first = await ask()
  expect(first).toMatchObject({
    kind: 'RESYNC',
    dryRun: false,
    requestedBy: actor,
    directory: { id: pull.directoryId },
  })
  await held.reached
  const second = await ask(true)
  expect(second).toMatchObject({ id: (first as { id: string }).id, state: 'RUNNING', dryRun: false })
  held.release()
  const { id } = first as { id: string }
  expect(await pull.finished(id)).toMatchObject({ state: 'SUCCEEDED' })
  const told = await query(pull.app.url, key, Runs, { directoryId: pull.directoryId, id })
  // This is the first test: nobody has asked for any other.
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

test('the mutation of docs/operations.md works as it stands, but for the directory', async () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const repair = /mutation Repair [^`]+/.exec(page)![0].replace('directory_…', pull.directoryId)
  const { data, errors } = await askApi<{ resyncDirectory: { id: string } }, Record<string, never>>(
    pull.app.url,
    key,
    repair,
  )
  expect(errors).toBeUndefined()
  expect(await pull.finished(data!.resyncDirectory.id)).toMatchObject({ state: 'SUCCEEDED', dryRun: true })
})

test('a run is cancelled between pages, and what it would have removed stays', async () => {
  pull.massLeaving()
  const before = await pull.alive()
  const held = hold('/directory_users')
  const id = await begin()
  await held.reached
  expect(await cancel(id)).toMatchObject({ id, state: 'RUNNING', finishedAt: null })
  held.release()
  expect(await pull.finished(id)).toMatchObject({ state: 'CANCELLED', removed: 0 })
  expect(await pull.alive()).toBe(before)
  expect(await cancel(id)).toEqual({ __typename: 'ConflictError', message: `${id} has already ended` })
})

test('a queued run that is cancelled while it begins stays cancelled', async () => {
  const held = hold(`/directories/${pull.directoryId}`)
  const id = await begin()
  await held.reached
  expect(await cancel(id)).toMatchObject({ id, state: 'CANCELLED' })
  const next = await begin()
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
  const id = await begin()
  await until(
    async () => (await pull.app.db.prisma.syncRun.findUniqueOrThrow({ where: { id } })).nextAttemptAt !== null,
  )
  await cancel(id)
  expect(await pull.finished(id)).toMatchObject({ state: 'CANCELLED' })
})

test('what the guard holds goes on when somebody approves, and the run says who', async () => {
  pull.massLeaving()
  const before = await pull.alive()
  const id = await begin()
  const { held } = await pull.finished(id)
  expect(held).toBeGreaterThanOrEqual(60)
  expect(await pull.alive()).toBe(before)
  // Nothing else is begun meanwhile.
  expect(await begin()).toBe(id)
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
  pull.massLeaving()
  const id = await begin()
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
  const leaving = store.users(directory.id).slice(0, 50)
  for (const user of leaving) actions.offboard({ userId: user.id })
  const before = await pull.alive()
  const input = { directoryId: directory.id }
  const run = (await query(pull.app.url, key, Resync, { input })).resyncDirectory as { id: string }
  expect(await pull.finished(run.id)).toMatchObject({ state: 'AWAITING_APPROVAL', held: 50 })
  expect(await deferrals()).toBe(50)
  expect((await query(pull.app.url, key, Reject, input)).rejectHeldChanges).toEqual({
    __typename: 'HeldChanges',
    events: 0,
    syncRun: { id: run.id, state: 'CANCELLED' },
  })
  expect([await deferrals(), await pull.alive()]).toEqual([0, before])
  expect((await query(pull.app.url, key, Reject, input)).rejectHeldChanges.__typename).toBe('ConflictError')
  for (const user of leaving) actions.rehire({ userId: user.id })
  await pull.expectInStep()
})

test("a directory's own thresholds decide for it, and null gives it those of the settings back", async () => {
  expect(await guard({ percent: 30 })).toMatchObject({ minimum: 20, percent: 30, overridden: true })
  expect(await guard({ minimum: 5 })).toMatchObject({ minimum: 5, percent: 30, overridden: true })
  pull.massLeaving() // 60 of 230, which is less than 30 %
  expect(await pull.finished(await begin())).toMatchObject({ state: 'SUCCEEDED' })
  expect(await guard({ minimum: null, percent: 0 })).toMatchObject({ minimum: 20, percent: 0, overridden: true })
  expect(await guard({ percent: null })).toMatchObject({ minimum: 20, percent: 20, overridden: false })
  expect(await guard({ minimum: -1, percent: 101 })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['input', 'minimum'] }, { path: ['input', 'percent'] }],
  })
})

test('a deleted directory is not compared, and nothing is asked without the scope', async () => {
  const deleted = (deletedAt: Date | null) =>
    pull.app.db.prisma.directory.update({ where: { id: pull.directoryId }, data: { deletedAt } })
  await deleted(new Date())
  try {
    expect((await ask()).__typename).toBe('ConflictError')
  } finally {
    await deleted(null)
  }
  const reader = await pull.app.key(null, ['directory:read', 'events:write'])
  const told = await query(pull.app.url, reader, Resync, { input: { directoryId: pull.directoryId } })
  expect(told.resyncDirectory).toEqual({ __typename: 'ForbiddenError', requiredScope: 'sync:write' })
})

test('who may ask for runs does not read the mirror through them', async () => {
  const operator = await pull.app.key(null, ['sync:write'])
  const { errors } = await askApi(pull.app.url, operator, Resync, { input: { directoryId: pull.directoryId } })
  expect(errors!.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
})
