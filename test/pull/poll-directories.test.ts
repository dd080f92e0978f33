// What no event tells of: names, states and absences of directories, and the names of organizations.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { webhookSecret } from '../support/app.ts'
import { query } from '../support/client.ts'
import { until } from '../support/until.ts'
import { startHarness, type Harness } from './harness.ts'

const DIRECTORIES = 13 // one for each test

let pull: Harness
let key: string
/** What WorkOS was asked for. */
const asked: string[] = []
let untouched: string[]
let directoryId: string

const { fetch } = globalThis
beforeAll(async () => {
  globalThis.fetch = (...request) => {
    const { url } = new Request(...request)
    if (url.startsWith(pull.simulator.url)) asked.push(url.slice(pull.simulator.url.length))
    return fetch(...request)
  }
  const company = { directories: DIRECTORIES, usersPerDirectory: 5, webhookSecret }
  pull = await startHarness(company, { env: { SYNC_CONCURRENCY: '0' } })
  key = await pull.app.key()
  untouched = pull.simulator.store.directories().map(({ object }) => object.id)
  pull.simulator.setWebhook(`${pull.app.url}/webhooks/workos`)
  pull.simulator.announce()
  await pull.simulator.settled()
  await pull.app.applied()
  pull.simulator.setWebhook(null)
})
afterAll(async () => {
  await pull.close()
  globalThis.fetch = fetch
})
beforeEach(() => {
  directoryId = untouched.pop()!
})
afterEach(() => pull.simulator.faults.clear())

const Polled = graphql(`
  query Polled($id: ID!) {
    directory(id: $id) {
      name
      state
      deletedAt
      userCount(state: ACTIVE)
      groupCount
      organization {
        name
      }
      health {
        status
        reasons
      }
    }
    changes(filter: { directoryId: $id }, last: 1) {
      totalCount
      nodes {
        source
        eventId
        ... on DirectoryChange {
          kind
          changedFields
          previous
        }
      }
    }
  }
`)

async function look(id = directoryId) {
  const { directory, changes } = await query(pull.app.url, key, Polled, { id })
  return { ...directory!, changes: changes.totalCount, newest: changes.nodes[0]! }
}

/** Resolves when so many whole rounds have begun and ended since. */
async function polled(rounds = 1): Promise<void> {
  const isRound = (path: string) => path.startsWith('/directories?')
  const before = asked.filter(isRound).length
  await until(() => Promise.resolve(asked.filter(isRound).length > before + rounds))
}

async function changed(from: { readonly changes: number }) {
  await until(async () => (await look()).changes > from.changes)
  const now = await look()
  expect(now.changes).toBe(from.changes + 1)
  expect(now.newest).toMatchObject({ source: 'SYNC_RUN', eventId: null })
  return now
}

test('a new name is noticed, and is a change', async () => {
  const before = await look()
  pull.simulator.actions.changeDirectory({ directoryId, name: 'Renamed' })
  const after = await changed(before)
  expect(after.name).toBe('Renamed')
  expect(after.newest).toMatchObject({ kind: 'UPDATED', changedFields: ['name'], previous: { name: before.name } })
})

test.each([
  ['invalid_credentials', 'INVALID_CREDENTIALS', 'UPDATED', 'FAILING', /renew its credentials/],
  ['validating', 'VALIDATING', 'UPDATED', 'DEGRADED', /still validating/],
  ['deleting', 'DELETING', 'UPDATED', 'DISCONNECTED', /deleting the directory/],
  ['unlinked', 'INACTIVE', 'DEACTIVATED', 'DISCONNECTED', /unlinked in WorkOS/],
] as const)(
  'a directory that becomes %s is %s, which is a change and ends nobody, and so is its return',
  async (theirs, state, kind, status, reason) => {
    const before = await look()
    expect(before).toMatchObject({ state: 'ACTIVE', health: { status: 'HEALTHY', reasons: [] } })
    pull.simulator.actions.changeDirectory({ directoryId, state: theirs })
    const after = await changed(before)
    expect(after).toMatchObject({
      state,
      deletedAt: null,
      userCount: before.userCount,
      groupCount: before.groupCount,
      health: { status, reasons: [expect.stringMatching(reason)] },
      newest: { kind, changedFields: ['state'], previous: { state: 'ACTIVE' } },
    })
    pull.simulator.actions.changeDirectory({ directoryId, state: 'linked' })
    expect(await changed(after)).toMatchObject({
      state: 'ACTIVE',
      health: { status: 'HEALTHY', reasons: [] },
      newest: { kind: 'ACTIVATED' },
    })
  },
)

test('a directory that WorkOS no longer knows is INACTIVE and says why, and nothing of it is deleted', async () => {
  const before = await look()
  expect(before.userCount).toBeGreaterThan(0)
  pull.simulator.actions.deleteDirectory({ directoryId, unheard: true })
  const after = await changed(before)
  expect(after).toMatchObject({
    state: 'INACTIVE',
    deletedAt: null,
    userCount: before.userCount,
    groupCount: before.groupCount,
    health: { status: 'DISCONNECTED', reasons: ['WorkOS no longer knows the directory'] },
    newest: { kind: 'DEACTIVATED' },
  })
})

test('of many that are gone a round asks for ten, and for each of them sooner or later', async () => {
  await pull.app.db.pool.query(
    `insert into directory (id, organization_id, name, type, state, domains, state_reason, created_at, updated_at)
     select 'directory_gone' || n, organization_id, name, type, 'INACTIVE', '{}', 'WorkOS no longer knows the directory', now(), now()
     from directory, generate_series(1, 30) as n where id = $1`,
    [directoryId],
  )
  asked.length = 0
  const named = () => asked.join(' ').split('/directories?').map((round) => round.split('/directories/directory_gone').length - 1) // oxfmt-ignore
  await until(() => Promise.resolve(new Set(asked.filter((path) => path.startsWith('/directories/directory_gone'))).size === 30)) // oxfmt-ignore
  expect(Math.max(...named())).toBeLessThanOrEqual(10)
  await pull.app.db.pool.query(`delete from directory where id like 'directory_gone%'`)
})

test('those that WorkOS fails to tell of by name hold up neither the next round nor a comparison for long', async () => {
  await pull.app.db.pool.query(
    `insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at)
     select 'directory_mute' || n, organization_id, name, type, 'INACTIVE', '{}', now(), now()
     from directory, generate_series(1, 30) as n where id = $1`,
    [directoryId],
  )
  pull.simulator.faults.set({ outage: { match: '/directories/directory_mute' } })
  asked.length = 0
  await polled(3)
  const named = asked
    .join(' ')
    .split('/directories?')
    .map((round) => new Set(round.match(/directory_mute\d+/g)).size)
  expect(Math.max(...named)).toBe(3)
  await pull.app.db.pool.query(`delete from directory where id like 'directory_mute%'`)
})

test('a directory that a broken list leaves out is asked for by its name, and stays what it is', async () => {
  const before = await look()
  pull.simulator.faults.set({ emptyPage: { match: '/directories' } })
  await polled(2)
  pull.simulator.faults.set({ emptyPage: null, truncatedPage: { match: '/directories' } })
  await polled(2)
  expect(asked).toContain(`/directories/${directoryId}`)
  expect(await look()).toEqual(before)
})

test('one that is not listed, and of which WorkOS does not tell, says so, and keeps no other from being told of', async () => {
  const [refused, behind] = [untouched[0]!, directoryId]
  const before = await look(refused)
  const { fetch: asks } = globalThis
  globalThis.fetch = async (...request) => {
    const { pathname } = new URL(new Request(...request).url)
    if (pathname === `/directories/${refused}`) return Response.json({ code: 'forbidden' }, { status: 403 })
    const answer = await asks(...request)
    if (pathname !== '/directories') return answer
    const page = (await answer.json()) as { data: { id: string }[] }
    return Response.json({ ...page, data: page.data.filter(({ id }) => id !== refused && id !== behind) }, answer)
  }
  try {
    await until(async () => (await look(refused)).health.status === 'DEGRADED')
    expect((await look(refused)).health.reasons).toEqual([
      'Asking WorkOS about the directory failed: WorkOS does not allow this',
    ])
    pull.simulator.actions.changeDirectory({ directoryId: behind, name: 'Renamed behind it' })
    await until(async () => (await look()).name === 'Renamed behind it')
    expect((await look()).health.status).toBe('HEALTHY')
  } finally {
    globalThis.fetch = asks
  }
  await until(async () => (await look(refused)).health.status === 'HEALTHY')
  expect(await look(refused)).toEqual(before)
})

test('a poll that finds nothing new leaves no trace, and one that fails changes nothing', async () => {
  const before = await look()
  await polled(2)
  expect(await look()).toEqual(before)
  pull.simulator.faults.set({ outage: { match: '/directories' } })
  pull.simulator.actions.changeDirectory({ directoryId, name: 'After the outage' })
  await until(() => Promise.resolve((pull.simulator.faults.state().struck.outage ?? 0) > 0))
  expect(await look()).toEqual(before)
  pull.simulator.faults.clear()
  expect((await changed(before)).name).toBe('After the outage')
})

test('organizations have names at once, and keep them when WorkOS does not tell', async () => {
  const name = (id: string) => pull.simulator.store.organization(id)!.name
  const { store, actions } = pull.simulator
  const named = async () => {
    const rows = await pull.list<{ id: string; name: string | null }>('select id, name from organization order by id')
    return rows.every((row) => row.name === name(row.id)) && rows.length === store.organizations().length
  }
  await until(named)
  actions.createDirectory({ provider: 'okta' })
  await until(named)
  const before = await look()
  expect(before.organization!.name).toBe(store.organization(store.directory(directoryId)!.object.organization_id)!.name)

  // Those that are known are not asked for again within a day.
  const many = asked.filter((path) => path.startsWith('/organizations/')).length
  await polled(2)
  expect(asked.filter((path) => path.startsWith('/organizations/'))).toHaveLength(many)

  const [renamed, gone] = store.organizations()
  store.putOrganization({ ...renamed!, name: 'Renamed Inc.' })
  pull.simulator.faults.set({ notFound: { match: `/organizations/${gone!.id}` } })
  await pull.app.db.pool.query(`update organization set asked_at = asked_at - interval '25 hours'`)
  await until(
    async () =>
      (await pull.list('select from organization where asked_at < now() - $1::interval', '1 hour')).length === 0,
  )
  expect(await named()).toBe(true)
  expect((await pull.list(`select name from organization where id = $1`, renamed!.id))[0]).toEqual({
    name: 'Renamed Inc.',
  })
})

test('a round asks for fifty names at the most, and is not held up by one that is refused', async () => {
  await pull.app.db.pool.query(
    `insert into organization (id) select 'org_0' || lpad(n::text, 4, '0') from generate_series(1, 120) as n`,
  )
  const unasked = async () => (await pull.list('select from organization where asked_at is null')).length
  asked.length = 0
  await until(async () => (await unasked()) === 0)
  const rounds = asked
    .join(' ')
    .split('/directories?')
    .map((round) => round.split('/organizations/org_0').length - 1)
  expect(rounds.filter((count) => count > 0)).toEqual([50, 50, 20])
})
