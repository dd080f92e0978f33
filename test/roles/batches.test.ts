// What a mapping means for thousands: in batches, each account as a whole, and finished by whoever is there.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { administrator, done, killedAfterCommit, type Administrator } from './administration.ts'
import { crowd } from './crowd.ts'

const MEMBERS = process.env.LONG_TESTS === undefined ? 3_000 : 100_000

let app: TestApp
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  admin = administrator(app, await app.key())
  await crowd(app.db, MEMBERS)
  for (const slug of ['staff', 'admin']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

const list = async <Value>(text: string, ...values: unknown[]) =>
  (await app.db.pool.query<{ value: Value }>(text, values)).rows.map(({ value }) => value)
const HOLDERS = `
  select count(distinct account_id)::int as value from role_grant g join role r on r.id = g.role_id
  where r.slug = $1 and visible`
const holders = async (slug: string) => (await list<number>(HOLDERS, slug))[0]!

test('a mapping answers when all members of a large group have its roles, and the log has told each of them whole', async () => {
  const input = { match: 'NAME_EQUALS' as const, value: 'Everybody', roles: ['staff', 'admin'] }
  const { id } = done(await admin.createMapping(input))
  expect(await holders('staff')).toBe(MEMBERS)
  expect(await list('select count(*)::int as value from account_due')).toEqual([0])
  // Both roles of an account were recorded in one transaction (law 4): transactions are told apart by when they were
  // recorded.
  const moments = await list<number>(
    `select count(distinct recorded_at)::int as value from change where kind = 'ROLE_GRANTED' group by account_id`,
  )
  expect(moments).toHaveLength(MEMBERS)
  expect(new Set(moments)).toEqual(new Set([1]))
  expect(
    (await list<number>(`select count(distinct recorded_at)::int as value from change where kind = 'ROLE_GRANTED'`))[0],
  ).toBeGreaterThan(1)

  done(await admin.updateMapping({ id, roles: ['admin'] }))
  expect([await holders('staff'), await holders('admin')]).toEqual([0, MEMBERS])
  done(await admin.deleteMapping({ id, confirm: true }))
  expect(await holders('admin')).toBe(0)
})

test('a role with thousands of holders is gone for all of them when its deletion is answered', async () => {
  const { id: roleId } = done(await admin.createRole({ slug: 'temporary', name: 'Temporary' }))
  done(await admin.createMapping({ match: 'NAME_PREFIX', value: 'Every', roles: ['temporary'] }))
  expect(await admin.deleteRole({ id: roleId })).toMatchObject({ userCount: MEMBERS, users: { length: 10 }, mappingCount: 1 }) // oxfmt-ignore
  done(await admin.deleteRole({ id: roleId, confirm: true }))
  expect(await list('select count(*)::int as value from role_grant')).toEqual([0])
  const kinds = await list<string>(
    `select kind || ' ' || count(*) as value from change where role_id = $1 group by kind order by 1`,
    roleId,
  )
  expect(kinds).toEqual(['ROLE_CREATED 1', 'ROLE_DELETED 1', `ROLE_GRANTED ${MEMBERS}`, `ROLE_REVOKED ${MEMBERS}`])
})

test('a plan tells what it would do to each member of a large group, and does just that', async () => {
  const own = { match: 'NAME_EQUALS' as const, roles: ['staff'] }
  const planned = done(await admin.plan({ create: [{ ...own, value: 'Everybody' }, { ...own, value: 'Few', roles: ['admin'] }] })) // oxfmt-ignore
  const few = MEMBERS / 10
  expect(planned).toMatchObject({ accountCount: MEMBERS, granted: MEMBERS + few, revoked: 0, unchanged: 0 })
  expect(planned.differences.totalCount).toBe(MEMBERS)
  done(await admin.apply({ planId: planned.id, hash: planned.hash }))
  expect([await holders('staff'), await holders('admin')]).toEqual([MEMBERS, few])

  const ids = await list<string>('select id as value from role_mapping order by id')
  const gone = done(await admin.plan({ delete: ids }))
  expect(gone).toMatchObject({ accountCount: MEMBERS, granted: 0, revoked: MEMBERS + few, lastRoleLossCount: MEMBERS })
  done(await admin.apply({ planId: gone.id, hash: gone.hash }))
  expect(await list('select count(*)::int as value from role_grant')).toEqual([0])
})

test('what a process that was killed has begun, the workers finish', async () => {
  const by = { actor: 'api_key_killed', organizationId: null }
  await killedAfterCommit(app).createMapping(by, { match: 'NAME_REGEX', value: '^Every', roles: ['staff'] })
  await until(async () => (await holders('staff')) === MEMBERS)
  const actors = await list<string>(
    `select distinct actor as value from change where kind = 'ROLE_GRANTED' and position > (select max(position) from change where kind = 'ROLE_MAPPING_CREATED')`,
  )
  expect(actors).toEqual(['api_key_killed'])
})
