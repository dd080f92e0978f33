// What happens at the same time: memberships and mappings, several administrators, bursts of events.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putOffNext } from '../../src/accounts/due-mappings.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { lockMappingsShared } from '../../src/roles/mappings-lock.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { event, member, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { administrator, done, killedAfterCommit, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  for (const slug of ['developer', 'admin', 'told']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

let runs = 0
async function team(): Promise<People> {
  runs += 1
  const acme = await people(app, key, `acme${runs}`)
  await acme.hire('ada')
  await acme.found('eng', 'Engineering')
  await app.applied()
  return acme
}

/** Keeps every transaction from its commit, from the last statement on, until `release`. */
async function holdCommits() {
  const client = await app.db.pool.connect()
  await client.query('begin')
  await client.query('select from change_clock for update')
  return async () => {
    await client.query('commit')
    client.release()
  }
}

const waiting = async (count: number) => {
  const { rows } = await app.db.pool.query<{ count: number }>(
    `select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]!.count >= count
}

// The one that is first has read everything and written its rows, and has not committed when the other one reads.
test.for(['the membership', 'the mapping'])(
  'a membership and a mapping that begin at the same time see each other: %s is first',
  async (first) => {
    const acme = await team()
    const join = () => acme.join('eng', 'ada')
    const map = () =>
      administrator({ ...app, applied: () => Promise.resolve() }, key).createMapping({
        organizationId: acme.organizationId,
        match: 'NAME_EQUALS',
        value: 'Engineering',
        roles: ['developer'],
      })
    const release = await holdCommits()
    const under: Promise<unknown>[] = []
    for (const [index, begin] of (first === 'the mapping' ? [map, join] : [join, map]).entries()) {
      under.push(begin())
      await until(() => waiting(index + 1))
    }
    await release()
    await Promise.all(under)
    expect(await acme.roles()).toEqual({ ada: ['developer'] })
  },
)

test('a role that is made while WorkOS gives it to somebody is had by them', async () => {
  const acme = await team()
  const release = await holdCommits()
  const told = acme.hire('ada', { roles: [{ slug: 'simultaneous' }] })
  await until(() => waiting(1))
  const made = administrator({ ...app, applied: () => Promise.resolve() }, key).createRole({
    slug: 'simultaneous',
    name: 'X',
  })
  await until(() => waiting(2))
  await release()
  await Promise.all([told, made])
  expect(await acme.roles()).toEqual({ ada: ['simultaneous'] })
})

test('of two administrators who do the same or the opposite at once, each is answered as if one had been first', async () => {
  const acme = await team()
  await acme.join('eng', 'ada')
  const others = Array.from({ length: 4 }, () => administrator(app, key))
  const input = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['developer'] } // oxfmt-ignore
  const made = await Promise.all(others.map((one) => one.createMapping(input)))
  expect(made.map(({ __typename }) => __typename).sort()).toEqual([
    'ConflictError',
    'ConflictError',
    'ConflictError',
    'RoleMapping',
  ])
  const { rows } = await app.db.pool.query<{ id: string }>('select id from role_mapping where organization_id = $1', [acme.organizationId]) // oxfmt-ignore
  const id = rows[0]!.id
  const [a, b] = await Promise.all([
    others[0]!.updateMapping({ id, roles: ['admin'] }),
    others[1]!.deleteMapping({ id, confirm: true }),
  ])
  expect([a.__typename, b.__typename]).toContain('RoleMapping')
  expect(b.__typename).toBe('RoleMapping')
  expect(await acme.roles()).toEqual({ ada: [] })

  const userId = await acme.accountId('ada')
  const grants = await Promise.all(others.map((one) => one.grant({ userId, role: 'admin' })))
  for (const one of grants) done(one)
  const back = await Promise.all(others.map((one) => one.revoke({ userId, role: 'admin' })))
  expect(back.filter(({ __typename }) => __typename === 'User')).toHaveLength(1)
  expect(await acme.roles()).toEqual({ ada: [] })
})

test('of two mappings that both give a role, two administrators who delete one each without confirming it delete one', async () => {
  const acme = await team()
  await acme.join('eng', 'ada')
  const others = Array.from({ length: 2 }, () => administrator({ ...app, applied: () => Promise.resolve() }, key))
  for (let round = 0; round < 10; round += 1) {
    const looks = [{ match: 'NAME_EQUALS' as const, value: 'Engineering' }, { match: 'NAME_PREFIX' as const, value: 'Eng' }] // oxfmt-ignore
    const made = []
    for (const look of looks)
      made.push(done(await admin.createMapping({ organizationId: acme.organizationId, ...look, roles: ['developer'] })))
    const answers = await Promise.all(made.map(({ id }, index) => others[index]!.deleteMapping({ id })))
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['InUseError', 'RoleMapping'])
    expect(await acme.roles()).toEqual({ ada: ['developer'] })
    const left = made[answers.findIndex(({ __typename }) => __typename === 'InUseError')]!
    done(await admin.deleteMapping({ id: left.id, confirm: true }))
  }
})

test('a deletion that nobody has confirmed waits until accounts have what others have deleted before', async () => {
  const acme = await team()
  await acme.join('eng', 'ada')
  const own = { organizationId: acme.organizationId, roles: ['developer'] }
  const first = done(await admin.createMapping({ ...own, match: 'NAME_EQUALS', value: 'Engineering' }))
  const second = done(await admin.createMapping({ ...own, match: 'NAME_PREFIX', value: 'Eng' }))
  const adaId = await acme.accountId('ada')
  const by = { actor: 'api_key_other', organizationId: null }
  const { deletion } = await inTransaction(app.db.pool, async (tx) => {
    await tx.query('select from account where id = $1 for update', [adaId])
    await killedAfterCommit(app).deleteMapping(by, { id: first.id, confirm: true })
    // One whose own process settles nothing is refused in the end.
    const refused = killedAfterCommit(app).deleteMapping(by, { id: second.id, confirm: false })
    await expect(refused).rejects.toThrow(/still being applied/)
    const begun = administrator({ ...app, applied: () => Promise.resolve() }, key).deleteMapping({ id: second.id })
    await until(() => waiting(1))
    return { deletion: begun }
  })
  expect(await deletion).toMatchObject({ __typename: 'InUseError', userCount: 1, users: [{ id: adaId }] })
  expect(await acme.roles()).toEqual({ ada: ['developer'] })
})

test('a role is deleted while accounts of a mapping of it are put off, and neither waits for the other in a circle', async () => {
  const acme = await team()
  await acme.hire('ben')
  await acme.join('eng', 'ada', 'ben')
  const [first, last] = [await acme.accountId('ada'), await acme.accountId('ben')].toSorted()
  const { id } = done(await admin.createRole({ slug: 'doomed', name: 'doomed' }))
  const of = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering' }
  const mapping = done(await admin.createMapping({ ...of, roles: ['doomed'] }))
  done(await admin.grant({ userId: last!, role: 'doomed' }))
  const due = `(%, source, directory_id, occurred_at) values ($1, 'MUTATION', '', now())`
  const client = await app.db.pool.connect()
  await client.query('begin')
  await client.query(`insert into account_due ${due.replace('%', 'account_id')}`, [first])
  const puttingOff = inTransaction(app.db.pool, async (tx) => {
    await tx.query(`set local deadlock_timeout = '1ms'`) // of the two, this one would be ended
    await tx.query(`insert into mapping_due ${due.replace('%', 'mapping_id')}`, [mapping.id])
    return putOffNext(tx)
  })
  await until(() => waiting(1))
  const deleting = admin.deleteRole({ id, confirm: true })
  await until(() => waiting(2))
  await client.query('rollback')
  client.release()
  expect(await puttingOff).toBe(true)
  done(await deleting)
  expect(await acme.roles()).toEqual({ ada: [], ben: [] })
})

test('a plan that is given up for the sake of another transaction is applied all the same', async () => {
  const acme = await team()
  await acme.join('eng', 'ada')
  const create = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['developer'] } // oxfmt-ignore
  const planned = done(await admin.plan({ create: [create] }))
  // Somebody who locks in the wrong order: PostgreSQL ends whoever has waited longer.
  const { applying } = await inTransaction(app.db.pool, async (tx) => {
    await tx.query('select from account where organization_id = $1 for update', [acme.organizationId])
    const begun = administrator({ ...app, applied: () => Promise.resolve() }, key).apply({ planId: planned.id, hash: planned.hash }) // oxfmt-ignore
    await until(() => waiting(1))
    await lockMappingsShared(tx)
    return { applying: begun }
  })
  done(await applying)
  expect(await acme.roles()).toEqual({ ada: ['developer'] })
})

test('mappings that come and go during a burst of events leave everybody with what the last of them gives', async () => {
  const acme = await team()
  const own = { directory_id: acme.directoryId, organization_id: acme.organizationId }
  const members = Array.from({ length: 60 }, (_, n) => user(`burst${runs}_${n}`, own))
  const eng = { object: 'directory_group', id: acme.groupId('eng'), idp_id: 'idp_eng', name: 'Engineering', ...own }
  const burst = members.flatMap((one, n) => [
    event('dsync.user.created', one, 1_000 + n),
    event('dsync.group.user_added', member(eng, one, acme.directoryId), 2_000 + n),
    ...(n % 3 === 0 ? [event('dsync.group.user_removed', member(eng, one, acme.directoryId), 3_000 + n)] : []),
  ])
  const busy = administrator({ ...app, applied: () => Promise.resolve() }, key)
  const deliveries = (async () => {
    for (let from = 0; from < burst.length; from += 10)
      expect(new Set(await Promise.all(burst.slice(from, from + 10).map((one) => app.deliver(one))))).toEqual(new Set([200])) // oxfmt-ignore
  })()
  const input = { organizationId: acme.organizationId, match: 'NAME_PREFIX' as const, value: 'Eng', roles: ['developer'] } // oxfmt-ignore
  for (let round = 0; round < 4; round += 1) {
    const { id } = done(await busy.createMapping(input))
    done(await busy.updateMapping({ id, roles: ['admin'] }))
    if (round < 3) done(await busy.deleteMapping({ id, confirm: true }))
  }
  await deliveries
  await app.applied()
  const roles = await acme.roles()
  expect(Object.keys(roles)).toHaveLength(61)
  expect(Object.values(roles).filter((of) => of.join() === 'admin')).toHaveLength(40)
  expect(Object.values(roles).filter((of) => of.length === 0)).toHaveLength(21)
})
