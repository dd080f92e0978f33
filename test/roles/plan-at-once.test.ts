// A plan is worked out anew before it is applied: for as long as that takes everybody goes on, and what they do counts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendChanges } from '../../src/changes/append.ts'
import { draftChange } from '../../src/changes/draft-change.ts'
import { readClock } from '../../src/changes/read.ts'
import type { Tx } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { planStillHolds } from '../../src/roles/plan-still-holds.ts'
import { layOutPlan } from '../../src/roles/planned-mappings.ts'
import { lockRoleAdministration } from '../../src/roles/mappings-lock.ts'
import { workOutFirst } from '../../src/roles/work-out-first.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { waitingLocks } from '../support/waiting-locks.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  await admin.createRole({ slug: 'owner', name: 'Owner', protected: true })
  for (const slug of ['developer', 'billing']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

let runs = 0
/** Ada is an engineer, Ben and Cyd are not; Cyd is an owner. */
async function team(): Promise<People> {
  runs += 1
  const acme = await people(app, key, `acme${runs}`)
  for (const id of ['ada', 'ben', 'cyd']) await acme.hire(id)
  await acme.found('eng', 'Engineering')
  await acme.found('ops', 'Ops')
  await acme.found('chess', 'Games')
  for (const group of ['eng', 'chess']) await acme.join(group, 'ada')
  done(await admin.grant({ userId: await acme.accountId('cyd'), role: 'owner' }))
  return acme
}

const plan = async ({ organizationId }: People, roles = ['developer']) =>
  done(await admin.plan({ create: [{ organizationId, match: 'NAME_PREFIX', value: 'Eng', roles }] }))

/** Applies a plan, and does something when the accounts have been looked at, and before mappings are locked. */
async function applyAmid(planned: { id: string; hash: string }, meanwhile: () => Promise<void>) {
  const client = await app.db.pool.connect()
  await client.query('begin')
  await client.query('lock table role_mapping_plan_difference in access exclusive mode')
  const applying = admin.apply({ planId: planned.id, hash: planned.hash })
  try {
    await waitsFor(`relation = 'role_mapping_plan_difference'::regclass`)
    await meanwhile()
    await app.applied()
  } finally {
    await client.query('commit')
    client.release()
  }
  return applying
}

const waitsFor = (lock: string) => until(async () => (await waitingLocks(app.db.pool, lock)) > 0)

/**
 * Applies a plan, and has something committed when the accounts have been compared, and just before mappings are
 * locked.
 */
async function applyAfter(planned: { id: string; hash: string }, meanwhile: () => Promise<void>) {
  const [turn, clock] = [await app.db.pool.connect(), await app.db.pool.connect()]
  try {
    await turn.query('begin')
    await lockRoleAdministration(turn)
    const applying = admin.apply({ planId: planned.id, hash: planned.hash })
    await waitsFor(`locktype = 'advisory' and mode = 'ExclusiveLock'`)
    await clock.query('begin')
    await clock.query('select from change_clock for update')
    const doing = meanwhile()
    await waitsFor(`locktype = 'transactionid'`)
    await turn.query('commit')
    await waitsFor(`locktype = 'advisory' and mode = 'ExclusiveLock'`)
    await clock.query('commit')
    await doing
    return await applying
  } finally {
    for (const client of [turn, clock]) {
      await client.query('rollback')
      client.release()
    }
  }
}
const moments = { 'while it is worked out': applyAmid, 'after it was worked out': applyAfter }

test('whoever leaves, here or in another organization, loses access while a plan is worked out', async () => {
  const [acme, other] = [await team(), await team()]
  const planned = await plan(acme)
  const states = async (one: People) => {
    const { rows } = await app.db.pool.query<{ state: string }>(
      'select a.state::text from account a join directory_user u on u.account_id = a.id where u.directory_id = $1 order by u.id',
      [one.directoryId],
    )
    return rows.map(({ state }) => state)
  }
  const answer = await applyAmid(planned, async () => {
    await other.hire('ada', { state: 'inactive' })
    await acme.hire('ben', { state: 'inactive' })
    await app.applied()
    expect(await states(other)).toEqual(['INACTIVE', 'ACTIVE', 'ACTIVE'])
    expect(await states(acme)).toEqual(['ACTIVE', 'INACTIVE', 'ACTIVE'])
  })
  done(answer)
  expect(await acme.roles()).toEqual({ ada: ['developer'], ben: [], cyd: ['owner'] })
})

type Meanwhile = (acme: People) => Promise<unknown>
const counting: Record<string, Meanwhile> = {
  'somebody more is a member of a group that it matches': (acme) => acme.join('eng', 'ben'),
  'somebody whom it concerns is away': (acme) => acme.hire('ada', { state: 'inactive' }),
  'somebody whom it concerns is given the role by hand': async (acme) =>
    admin.grant({ userId: await acme.accountId('ada'), role: 'developer' }),
  'a group comes that it matches': (acme) => acme.found('eng2', 'Engineering 2'),
  'a group that it matches is called otherwise': (acme) => acme.found('eng', 'Research'),
}
const each = (cases: Record<string, Meanwhile>) =>
  Object.entries(moments).flatMap(([when, apply]) =>
    Object.entries(cases).map(([what, meanwhile]) => [`${when}, ${what}`, apply, meanwhile] as const),
  )
test.for(each(counting))('a plan is refused if, %s', async ([, apply, meanwhile]) => {
  const acme = await team()
  const planned = await plan(acme)
  const answer = await apply(planned, async () => void (await meanwhile(acme)))
  expect(answer).toMatchObject({ __typename: 'ConflictError' })
  const { rowCount } = await app.db.pool.query('select from role_mapping where organization_id = $1', [acme.organizationId]) // oxfmt-ignore
  expect(rowCount).toBe(0)
})

const trifling: Record<string, Meanwhile> = {
  'somebody whom it concerns has another title': (acme) => acme.hire('ada', { job_title: 'Countess' }),
  'somebody whom it concerns is a member of another group': (acme) => acme.join('ops', 'ada'),
  'a group comes that it does not match': (acme) => acme.found('fin', 'Finance'),
  'a group of somebody whom it concerns, that nothing matches, is called otherwise': (acme) =>
    acme.found('chess', 'Chess'),
  'the last owner goes, who is none of its business': (acme) => acme.hire('cyd', { state: 'inactive' }),
}
test.for(each(trifling))('a plan is applied if, %s', async ([, apply, meanwhile]) => {
  const acme = await team()
  const planned = await plan(acme)
  done(await apply(planned, async () => void (await meanwhile(acme))))
  expect((await acme.roles()).ada).toEqual(['developer'])
})

const taking: Record<string, Meanwhile> = {
  'its group is called otherwise': (acme) => acme.found('chess', 'Research'),
  'the member leaves its group': (acme) => acme.quit('chess', 'ada'),
}
test.for(each(taking))('a plan that takes one of two reasons is refused if, %s', async ([, apply, meanwhile]) => {
  const acme = await team()
  const of = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, roles: ['developer'] }
  const { id } = done(await admin.createMapping({ ...of, value: 'Engineering' }))
  done(await admin.createMapping({ ...of, value: 'Games' }))
  const planned = done(await admin.plan({ delete: [id] }))
  expect(planned.revoked).toBe(0)
  const answer = await apply(planned, async () => void (await meanwhile(acme)))
  expect(answer).toMatchObject({ __typename: 'ConflictError' })
  expect((await acme.roles()).ada).toEqual(['developer'])
})

test('hundreds of people elsewhere do not matter to a plan, and one who is concerned among them does', async () => {
  const [acme, other] = [await team(), await team()]
  const planned = await plan(acme)
  const ben = await acme.accountId('ben')
  const { rows } = await app.db.pool.query<Parameters<typeof planStillHolds>[1]>(
    'select id, changes from role_mapping_plan where id = $1',
    [planned.id],
  )
  await inTransaction(app.db.pool, async (tx) => {
    const { head } = await readClock(tx)
    await layOutPlan(tx, rows[0]!.changes)
    await hireMany(other, 6_000)
    await acme.hire('ben', { job_title: 'Baron' })
    await app.applied()
    expect(await planStillHolds(tx, rows[0]!, head)).toBe(true)
    await acme.join('eng', 'ben')
    await app.applied()
    expect(await planStillHolds(tx, rows[0]!, head)).toBe(false)
    const { rows: concerned } = await tx.query<{ id: string }>('select account_id as id from planned_account')
    expect(concerned.map(({ id }) => id).toSorted()).toEqual([await acme.accountId('ada'), ben].toSorted())
  })
})

/** Many people, all told of in one transaction. */
async function hireMany({ organizationId, directoryId }: People, count: number): Promise<void> {
  await inTransaction(app.db.pool, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `insert into account (id, organization_id, state, provisioned)
       select $1 || n, $1, 'ACTIVE', true from generate_series(1, $2::int) n returning id`,
      [organizationId, count],
    )
    const why = { directoryId, source: 'WEBHOOK', occurredAt: new Date() } as const
    const drafts = rows.map(({ id }) => draftChange(why, { kind: 'USER_PROVISIONED', organizationId, accountId: id }))
    await appendChanges(tx, drafts)
  })
}

test('what happened meanwhile is looked at while everybody goes on, for as long as it grows less', async () => {
  const [one, ...others] = [await team(), await team(), await team()]
  const looks: { locked: boolean; count: number }[] = []
  await inTransaction(app.db.pool, async (tx) => {
    const workOut = () => hireMany(one, 3)
    await workOutFirst(tx, workOut, async (_worked, since) => {
      looks.push({ locked: await hasMappings(tx), count: (await readClock(tx)).head - since })
      const other = others.shift()
      if (other !== undefined) await hireMany(other, 1)
      return true
    })
  })
  expect(looks).toEqual([
    { locked: false, count: 3 },
    { locked: false, count: 1 },
    { locked: true, count: 1 },
  ])
})

test.for([
  ['applied if a holder of it elsewhere', false],
  ['refused if the last other holder', true],
] as const)('a plan that takes a protected role is %s goes after it was worked out', async ([, here]) => {
  const [acme, other] = [await team(), await team()]
  const of = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering' }
  const { id } = done(await admin.createMapping({ ...of, roles: ['owner'] }))
  const planned = done(await admin.plan({ delete: [id] }))
  expect(planned).toMatchObject({ revoked: 1, protectedRoleLosses: [] })
  const answer = await applyAfter(planned, () => (here ? acme : other).hire('cyd', { state: 'inactive' }))
  expect(answer.__typename).toBe(here ? 'ConflictError' : 'RoleMappingPlan')
})

const hasMappings = async (tx: Tx) => {
  const { rowCount } = await tx.query(
    `select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and pid = pg_backend_pid()`,
  )
  return rowCount !== 0
}

test('what is otherwise each time that it was worked out is worked out while everybody waits, and not for ever', async () => {
  const rounds: boolean[] = []
  await inTransaction(app.db.pool, async (tx) => {
    const workOut = async () => void rounds.push(await hasMappings(tx))
    await workOutFirst(tx, workOut, () => Promise.resolve(false))
  })
  expect(rounds).toEqual([false, false, false, true])
})
