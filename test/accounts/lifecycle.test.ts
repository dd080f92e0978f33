// Offboarding is never late and never permanent by accident: what an account is follows from its identities, in the
// transaction that changes them, unless a person has disabled it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, event } from '../support/events.ts'
import { AccountChanges, Disable, Enable, Link, Revoke } from './operations.ts'
import { staff, type Staff } from './staff.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

let one: Staff
let tests = 0
beforeEach(() => {
  tests += 1
  one = staff(app, key, `l${tests}`)
})

const grantsOf = async (accountId: string) =>
  (
    await app.db.pool.query(
      'select role_id, kind::text, mapping_id, group_id, directory_user_id, actor, visible, granted_at from role_grant where account_id = $1 order by 1, 2, 3, 4, 5',
      [accountId],
    )
  ).rows

test.for(['deleted', 'made inactive'])(
  'whoever is %s loses access at once, and a return restores what was taken, exactly, and nothing else',
  async (way) => {
    const operator = await one.mapRole('ops', 'operator')
    await one.hire('ada', 1)
    await one.join('ops', 'ada', 2)
    await one.join('dev', 'ada', 2)
    const { id } = await one.account('ada')
    const auditor = await one.grant(id, 'auditor')
    const before = await grantsOf(id)
    expect(await one.roles(id)).toEqual(['auditor', 'operator'])

    await (way === 'deleted' ? one.fire('ada', 3) : one.update('ada', 3, { state: 'inactive' }))
    const gone = await one.account('ada')
    expect(gone).toMatchObject({ id, state: 'INACTIVE' })
    expect(gone.deactivatedAt).not.toBeNull()
    expect(gone.sessionsRevokedAt).not.toBeNull()
    expect(await one.roles(id)).toEqual(['(auditor)', '(operator)'])
    expect(await grantsOf(id)).toEqual(before.map((grant: object) => ({ ...grant, visible: false })))
    expect((await one.changes(id)).slice(-3)).toEqual(['DEACTIVATED', `${auditor} REVOKED`, `${operator} REVOKED`])

    await (way === 'deleted' ? one.hire('ada', 4) : one.update('ada', 4, { state: 'active' }))
    const back = await one.account('ada')
    // What was signed in with before stays worthless.
    expect(back).toEqual({ ...gone, state: 'ACTIVE', deactivatedAt: null })
    expect(await grantsOf(id)).toEqual(before)
    expect((await one.changes(id)).slice(-3)).toEqual(['REACTIVATED', `${auditor} GRANTED`, `${operator} GRANTED`])
  },
)

test('what somebody loses, and what is said of it, is committed together, with the event that brought it', async () => {
  await one.mapRole('ops', 'operator')
  await one.hire('ada', 1)
  await one.join('ops', 'ada', 2)
  const { id } = await one.account('ada')
  await one.fire('ada', 3)
  const { rows } = await app.db.pool.query(
    `select count(distinct x) as transactions, count(*) as rows from (
       select xmin::text as x from account where id = $1
       union all select xmin::text from role_grant where account_id = $1
       union all select xmin::text from directory_user where id = $2
       union all select xmin::text from change where account_id = $1 and kind in ('USER_DEACTIVATED', 'ROLE_REVOKED')
       union all select xmin::text from inbox_event where type = 'dsync.user.deleted' and directory_id = $3
     ) r`,
    [id, one.id('ada'), one.directoryId],
  )
  expect(rows).toEqual([{ transactions: 1, rows: 6 }])
})

test('an account that a person has disabled stays disabled, whatever the directory says, until a person enables it', async () => {
  await one.mapRole('ops', 'operator')
  await one.hire('ada', 1)
  await one.join('ops', 'ada', 2)
  const { id } = await one.account('ada')
  const disabled = await one.run(Disable, { userId: id, reason: '  under investigation ' })
  expect(disabled.disableUser).toEqual({
    __typename: 'User',
    state: 'INACTIVE',
    disabledBy: expect.stringMatching(/^api_key_/) as string,
    disabledReason: 'under investigation',
  })
  expect(await one.roles(id)).toEqual(['(operator)'])
  await one.update('ada', 3, { last_name: 'Byron' })
  await one.fire('ada', 4)
  await one.hire('ada', 5)
  expect(await one.account('ada')).toMatchObject({ id, state: 'INACTIVE', disabledReason: 'under investigation' })
  // Who did it first is remembered.
  await one.run(Disable, { userId: id, reason: 'once more' })
  expect(await one.byId(id)).toMatchObject({ disabledReason: 'under investigation' })
  expect((await one.run(Enable, { userId: id, reason: 'cleared' })).enableUser).toMatchObject({ state: 'ACTIVE', disabledAt: null }) // oxfmt-ignore
  expect(await one.roles(id)).toEqual(['operator'])

  const { changes } = await one.run(AccountChanges, { filter: { userId: id, kinds: ['USER_DEACTIVATED', 'USER_REACTIVATED'] } }) // oxfmt-ignore
  expect(changes.nodes).toMatchObject([
    { userKind: 'DEACTIVATED', source: 'MUTATION', reason: 'under investigation', actor: expect.any(String) as string },
    { userKind: 'REACTIVATED', source: 'MUTATION', reason: 'cleared', actor: expect.any(String) as string },
  ])
})

test('disabling somebody who has left, and enabling them, does not let them in', async () => {
  await one.hire('ada', 1)
  await one.fire('ada', 2)
  const { id } = await one.account('ada')
  await one.run(Disable, { userId: id, reason: 'for good' })
  const { changes } = await one.run(AccountChanges, { filter: { userId: id } })
  expect(changes.nodes.at(-1)).toMatchObject({
    userKind: 'UPDATED',
    changedFields: ['disabledAt', 'disabledBy', 'disabledReason'],
    previous: { disabledAt: null, disabledBy: null, disabledReason: null },
    reason: 'for good',
  })
  expect((await one.run(Enable, { userId: id, reason: 'oops' })).enableUser).toMatchObject({ state: 'INACTIVE' })
  await one.hire('ada', 3)
  expect((await one.account('ada')).state).toBe('ACTIVE')
})

test('an account with identities of two directories is active while one of them is', async () => {
  const two = staff(app, key, `l${tests}-b`, { of: `l${tests}` })
  await one.mapRole('ops', 'operator')
  await one.hire('ada', 1)
  await one.join('ops', 'ada', 2)
  await two.hire('ada', 1)
  await two.join('ops', 'ada', 2)
  for (const where of [one, two]) await where.run(Link, { directoryUserId: where.id('ada'), externalId: 'u-ada' })
  const { id } = await one.account('ada')
  expect((await two.account('ada')).id).toBe(id)
  expect(await grantsOf(id)).toHaveLength(2)

  await one.fire('ada', 3)
  expect(await one.account('ada')).toMatchObject({ state: 'ACTIVE', sessionsRevokedAt: null })
  // Each reason is hidden with the identity that it comes by; the role is kept by the other one.
  expect(
    (await grantsOf(id)).map(({ visible }: { visible: boolean }) => visible).sort((a, b) => Number(a) - Number(b)),
  ).toEqual([false, true])
  expect(await one.changes(id)).not.toContain('DEACTIVATED')
  await two.update('ada', 4, { state: 'inactive' })
  expect((await one.account('ada')).state).toBe('INACTIVE')
  await one.hire('ada', 5)
  expect((await one.account('ada')).state).toBe('ACTIVE')
  expect((await grantsOf(id)).filter(({ visible }: { visible: boolean }) => visible)).toHaveLength(1)
})

test('both identities of an account that leave at the same moment, in two directories, leave it inactive', async () => {
  const two = staff(app, key, `l${tests}-b`, { of: `l${tests}` })
  for (const where of [one, two]) {
    await where.hire('ada', 1)
    await where.run(Link, { directoryUserId: where.id('ada'), externalId: 'u-ada' })
  }
  await Promise.all([one.fire('ada', 2), two.fire('ada', 2)])
  expect((await one.account('ada')).state).toBe('INACTIVE')
})

test('a directory that is deleted takes all of its people with it', async () => {
  for (const who of ['ada', 'ben']) await one.hire(who, 1)
  await app.deliver(event('dsync.deleted', directory({ id: one.directoryId, organization_id: one.organizationId }), 2))
  await app.applied()
  for (const who of ['ada', 'ben']) expect((await one.account(who)).state).toBe('INACTIVE')
})

test('revokeSessions says since when tokens are refused, and says so in the log', async () => {
  await one.hire('ada', 1)
  const { id } = await one.account('ada')
  const { revokeSessions } = await one.run(Revoke, { userId: id })
  expect(revokeSessions).toMatchObject({ __typename: 'User', state: 'ACTIVE' })
  const at = Date.parse((revokeSessions as { sessionsRevokedAt: string }).sessionsRevokedAt)
  expect(Math.abs(Date.now() - at)).toBeLessThan(60_000)
  const { changes } = await one.run(AccountChanges, { filter: { userId: id } })
  expect(changes.nodes.at(-1)).toMatchObject({ userKind: 'SESSIONS_REVOKED', source: 'MUTATION', eventId: null })
  for (const mutation of [Revoke, Enable, Disable] as const) {
    const answer = await one.run(mutation as typeof Disable, { userId: 'account_none', reason: 'x' })
    expect(Object.values(answer)[0]).toMatchObject({ __typename: 'NotFoundError' })
  }
})
