import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let admin: Administrator
let acme: People
beforeAll(async () => {
  app = await startTestApp()
  const key = await app.key()
  admin = administrator(app, key)
  acme = await people(app, key, 'acme')
  await acme.hire('ada')
  await acme.found('eng', 'Engineering')
  for (const slug of ['admin', 'billing']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

test('a role that is granted by hand is had until it is taken back, and both are said once however often they are asked for', async () => {
  const input = { userId: await acme.accountId('ada'), role: 'billing' }
  const { rows: keys } = await app.db.pool.query<{ id: string }>('select id from api_key')
  for (let times = 0; times < 2; times += 1)
    expect(await admin.grant(input)).toMatchObject({
      effective: true,
      role: { slug: 'billing' },
      grants: [{ kind: 'DIRECT', actor: keys[0]!.id }],
    })
  expect(done(await admin.revoke(input))).toMatchObject({ roles: [] })
  expect(await admin.revoke(input)).toMatchObject({ __typename: 'ConflictError', message: `${input.userId} does not have the role` }) // oxfmt-ignore
  const { rows } = await app.db.pool.query<{ kind: string }>(
    `select kind from change where account_id = $1 and kind::text like 'ROLE%' order by position`,
    [input.userId],
  )
  expect(rows.map(({ kind }) => kind)).toEqual([
    'ROLE_GRANT_ADDED',
    'ROLE_GRANTED',
    'ROLE_GRANT_REMOVED',
    'ROLE_REVOKED',
  ])
})

test('of a role that is held by a group too, taking back what was granted by hand takes nothing away', async () => {
  const userId = await acme.accountId('ada')
  done(await admin.createMapping({ match: 'NAME_EQUALS', value: 'Engineering', roles: ['admin'] }))
  done(await admin.grant({ userId, role: 'admin' }))
  await acme.join('eng', 'ada')
  expect((await acme.person('ada')).roleAssignments[0]!.grants.map(({ kind }) => kind)).toEqual(['DIRECT', 'MAPPING'])
  expect(done(await admin.revoke({ userId, role: 'admin' }))).toMatchObject({ roles: [{ slug: 'admin' }] })
  const refused = await admin.revoke({ userId, role: 'admin' })
  expect(refused).toMatchObject({ __typename: 'ConflictError' })
  expect(refused.__typename === 'ConflictError' && refused.message).toContain('by hand')
  await acme.quit('eng', 'ada')
  expect(await acme.roles()).toEqual({ ada: [] })
})

test('a role granted by hand is granted again and taken back by its slug, also when the organization makes one of the same slug', async () => {
  const input = { userId: await acme.accountId('ada'), role: 'auditor' }
  const everybodys = done(await admin.createRole({ slug: 'auditor', name: 'Auditor' })).id
  done(await admin.grant(input))
  const own = done(await admin.createRole({ slug: 'auditor', name: 'Own', organizationId: acme.organizationId })).id
  const held = async () => {
    const { rows } = await app.db.pool.query('select role_id from role_grant where account_id = $1', [input.userId])
    return (rows as { role_id: string }[]).map(({ role_id: id }) => id)
  }
  done(await admin.grant(input))
  expect(await held()).toEqual([everybodys])
  done(await admin.revoke(input))
  expect(await held()).toEqual([])
  done(await admin.grant(input))
  expect(await held()).toEqual([own])
  done(await admin.grant({ ...input, role: everybodys }))
  done(await admin.revoke({ ...input, role: everybodys }))
  expect(await held()).toEqual([own])
  done(await admin.revoke(input))
})

test('to an account that is not active a role can be granted for when it is', async () => {
  const userId = await acme.accountId('ada')
  await acme.hire('ada', { state: 'inactive' })
  expect(await admin.grant({ userId, role: 'billing' })).toMatchObject({
    effective: false,
    grants: [{ kind: 'DIRECT' }],
  })
  expect(await acme.roles()).toEqual({ ada: [] })
  await acme.hire('ada')
  expect(await acme.roles()).toEqual({ ada: ['billing'] })
  await app.db.pool.query(`update account set state = 'DELETED' where id = $1`, [userId])
  expect((await admin.grant({ userId, role: 'admin' })).__typename).toBe('ConflictError')
  expect((await admin.grant({ userId: 'account_none', role: 'admin' })).__typename).toBe('NotFoundError')
})
