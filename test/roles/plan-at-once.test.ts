// A plan is worked out anew before it is applied: for as long as that takes everybody goes on, and what they do counts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { takeTurn } from '../../src/roles/mappings-lock.ts'
import { workOutFirst } from '../../src/roles/work-out-first.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
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
    await until(async () => {
      const { rows } = await app.db.pool.query<{ is: boolean }>(
        `select exists (select from pg_locks where relation = 'role_mapping_plan_difference'::regclass and not granted) as is`,
      )
      return rows[0]!.is
    })
    await meanwhile()
    await app.applied()
  } finally {
    await client.query('commit')
    client.release()
  }
  return applying
}

const waitsFor = (lock: string) =>
  until(async () => {
    const { rows } = await app.db.pool.query<{ is: boolean }>(
      `select exists (select from pg_locks where not granted and ${lock}) as is`,
    )
    return rows[0]!.is
  })

/** Applies a plan, and has something committed when the accounts have been compared, and just before mappings are locked. */
async function applyAfter(planned: { id: string; hash: string }, meanwhile: () => Promise<void>) {
  const [turn, clock] = [await app.db.pool.connect(), await app.db.pool.connect()]
  try {
    await turn.query('begin')
    await takeTurn(turn)
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
    const { rows } = await app.db.pool.query<{ state: string }>('select a.state::text from account a join directory_user u on u.account_id = a.id where u.directory_id = $1 order by u.id', [one.directoryId]) // prettier-ignore
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
  const { rowCount } = await app.db.pool.query('select from role_mapping where organization_id = $1', [acme.organizationId]) // prettier-ignore
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

test('what is otherwise each time that it was worked out is worked out while everybody waits, and not for ever', async () => {
  const rounds: boolean[] = []
  await inTransaction(app.db.pool, async (tx) => {
    const workOut = async () => {
      const { rowCount } = await tx.query(
        `select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and pid = pg_backend_pid()`,
      )
      rounds.push(rowCount !== 0)
    }
    await workOutFirst(tx, workOut, () => Promise.resolve(false))
  })
  expect(rounds).toEqual([false, false, false, true])
})
