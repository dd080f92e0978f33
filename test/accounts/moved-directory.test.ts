// Law 6 and law 8 where a directory belongs to another organization from now on: its people leave the former one.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event } from '../support/events.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/tokens.ts'
import { AccountChanges, Disable, Link, Opt, Revoke } from './operations.ts'
import { staff, type Staff } from './staff.ts'

let issuer: TokenIssuer
let app: TestApp
let key: string
beforeAll(async () => {
  issuer = await startTokenIssuer()
  app = await startTestApp({ env: issuer.env })
  key = await app.key()
})
afterAll(async () => {
  await app.close()
  issuer.close()
})

let tests = 0
/** Two directories of one organization; in both Ada is known, with one account that is a user of AuthKit. */
let stays: Staff
let moves: Staff
let accountId: string
let elsewhere: string
let authkitUser: string
beforeEach(async () => {
  tests += 1
  stays = staff(app, key, `stays${tests}`, { of: `former${tests}` })
  moves = staff(app, key, `moves${tests}`, { of: `former${tests}` })
  elsewhere = `org_elsewhere${tests}`
  authkitUser = `user_moved${tests}`
  await stays.hire('ada', 1)
  accountId = (await stays.account('ada')).id
  await stays.run(Link, { directoryUserId: stays.id('ada'), externalId: 'u-ada', workosUserId: authkitUser })
})

const both = async () => {
  await moves.hire('ada', 2)
  await stays.run(Link, { directoryUserId: moves.id('ada'), userId: accountId })
}
const moveTo = async (organizationId: string, { directoryId }: Staff, second: number) => {
  await app.deliver(event('dsync.activated', directory({ id: directoryId, organization_id: organizationId }), second))
  await app.applied()
}
const move = (one: Staff, second = 100) => moveTo(elsewhere, one, second)
const moveBack = (one: Staff, second = 110) => moveTo(one.organizationId, one, second)
/** The answers to a token of each organization become these within the second for which one may be remembered. */
const answers = async (...expected: number[]) => {
  const asked = [stays.organizationId, elsewhere].slice(0, expected.length)
  await expect.poll(() => Promise.all(asked.map((id) => statusOf(id)))).toEqual(expected)
}
const statusOf = async (organizationId: string, secondsAgo = 2) => {
  const token = await issuer.token(authkitUser, organizationId, { at: new Date(Date.now() - secondsAgo * 1_000) })
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { id } }' }),
  })
  return response.status
}
const sessionsEndedIn = async () => {
  const { rows } = await app.db.pool.query<{ id: string }>(
    'select organization_id as id from session_revocation where workos_user_id = $1 order by 1 desc',
    [authkitUser],
  )
  return rows.map(({ id }) => id)
}
const kindsIn = async (organizationId: string): Promise<string[]> => {
  const { changes } = await stays.run(AccountChanges, { filter: { organizationId } })
  return changes.nodes.flatMap((change) => {
    if (change.__typename === 'UserChange') return [change.userKind]
    return change.__typename === 'RoleAssignmentChange' ? [change.roleKind] : []
  })
}

test('one directory of two: the account keeps the other one, and the person has another account there', async () => {
  await both()
  await stays.grant(accountId, `direct${tests}`)
  await moves.mapRole(`ops${tests}`, `mapped${tests}`)
  await moves.join(`ops${tests}`, 'ada', 3)
  expect(await stays.roles(accountId)).toEqual([`direct${tests}`, `mapped${tests}`])
  await move(moves)
  expect(await stays.byId(accountId)).toMatchObject({ state: 'ACTIVE', directoryUsers: [{ id: stays.id('ada') }] })
  expect(await stays.roles(accountId)).toEqual([`direct${tests}`])
  const there = await moves.account('ada')
  expect(there).toMatchObject({ externalId: null, workosUserId: authkitUser, organization: { id: elsewhere } })
  expect(await moves.roles(there.id)).toEqual([]) // the mapping is the former organization's
  // Whoever is bound to either sees their own, and nothing of the other.
  for (const [organizationId, mine] of [
    [stays.organizationId, accountId],
    [elsewhere, there.id],
  ] as const) {
    const { data, errors } = await ask<{ users: { nodes: { id: string }[] } }, object>(
      app.url,
      await app.key(organizationId),
      '{ users { nodes { id externalId roleAssignments { role { slug } grants { mapping { id } group { id } directoryUser { id } } } } } }',
    )
    expect(errors).toBeUndefined()
    expect(data!.users.nodes.map(({ id }) => id)).toEqual([mine])
  }
  await answers(200, 200)

  await stays.fire('ada', 200)
  await answers(401, 200)
  expect((await kindsIn(stays.organizationId)).slice(-2)).toEqual(['DEACTIVATED', 'REVOKED'])
})

test('the only one: whoever was let in is so no more, and the former organization hears of it', async () => {
  await stays.grant(accountId, `direct${tests}`)
  await answers(200)
  await move(stays)
  expect(await stays.byId(accountId)).toMatchObject({ state: 'INACTIVE', directoryUsers: [], externalId: 'u-ada' })
  expect((await kindsIn(stays.organizationId)).slice(-2)).toEqual(['DEACTIVATED', 'REVOKED'])
  await answers(401, 200)
  expect(await sessionsEndedIn()).toEqual([stays.organizationId])
  expect(await kindsIn(elsewhere)).toEqual(['PROVISIONED'])

  await stays.fire('ada', 200)
  await answers(401, 401)
})

test('an account that was made for somebody goes with them, and takes nothing along that the organization gave', async () => {
  await stays.hire('ben', 1)
  const made = (await stays.account('ben')).id
  await stays.grant(made, `direct${tests}`)
  await move(stays)
  expect(await stays.byId(made)).toMatchObject({ state: 'DELETED' })
  const there = await stays.account('ben')
  expect(there).toMatchObject({ state: 'ACTIVE', organization: { id: elsewhere } })
  expect(await stays.roles(there.id)).toEqual([])
})

test('whoever follows the end of access is told of an account that ends, also where nobody had given it a role', async () => {
  await stays.hire('ben', 1)
  const made = (await stays.account('ben')).id
  await move(stays)
  const { changes } = await stays.run(AccountChanges, {
    filter: { organizationId: stays.organizationId, kinds: ['USER_DEACTIVATED', 'ROLE_REVOKED'] },
  })
  expect(changes.nodes.map((change) => 'userId' in change && change.userId)).toEqual([made, accountId])
  expect((await stays.changes(made)).slice(-2)).toEqual(['DEACTIVATED', 'DELETED'])
})

test('who is gone has an account there that nobody is let in by, until they are back', async () => {
  await stays.fire('ada', 2)
  await move(stays)
  const there = await stays.account('ada')
  expect(there).toMatchObject({ state: 'INACTIVE', workosUserId: authkitUser, organization: { id: elsewhere } })
  await answers(401, 401)
  await stays.hire('ada', 200)
  expect(await stays.account('ada')).toMatchObject({ id: there.id, state: 'ACTIVE' })
})

test('whom a person has kept out before they left is kept out when they return, also where the directory has moved and is back', async () => {
  await stays.hire('ben', 1)
  await stays.hire('cyd', 1)
  for (const name of ['ada', 'ben'])
    await stays.run(Disable, { userId: (await stays.account(name)).id, reason: 'told in confidence' })
  for (const name of ['ada', 'ben', 'cyd']) await stays.fire(name, 2)
  await move(stays)
  for (const name of ['ada', 'ben', 'cyd']) await stays.hire(name, 105)
  const states = async () => Promise.all(['ada', 'ben', 'cyd'].map(async (name) => (await stays.account(name)).state))
  expect(await states()).toEqual(['INACTIVE', 'INACTIVE', 'ACTIVE'])
  for (const name of ['ada', 'ben', 'cyd']) await stays.fire(name, 106)
  await moveBack(stays)
  for (const name of ['ada', 'ben', 'cyd']) await stays.hire(name, 200)
  expect(await states()).toEqual(['INACTIVE', 'INACTIVE', 'ACTIVE'])
  expect(await stays.account('ada')).toMatchObject({ id: accountId, externalId: 'u-ada', workosUserId: authkitUser })
})

test('who is gone while their directory moves and comes back returns to the account that they had, with what they had there', async () => {
  await stays.grant(accountId, `direct${tests}`)
  await stays.fire('ada', 2)
  await move(stays)
  await moveBack(stays)
  await stays.hire('ada', 200)
  expect(await stays.account('ada')).toMatchObject({ id: accountId, state: 'ACTIVE', externalId: 'u-ada' })
  expect(await stays.roles(accountId)).toEqual([`direct${tests}`])
})

test('who is gone is not taken for somebody who has their address there', async () => {
  const other = staff(app, key, `other${tests}`, { of: `elsewhere${tests}` })
  const address = (await stays.account('ada')).email!
  const registered = await other.register('u-other', { email: address, emailVerified: true })
  await other.run(Opt, { organizationId: elsewhere, linkByEmail: true })
  await stays.fire('ada', 2)
  await move(stays)
  expect(await stays.byId(registered)).toMatchObject({ state: 'ACTIVE', directoryUsers: [] })
})

test.for([
  ['suspended', () => stays.update('ada', 2, { state: 'inactive' })],
  ['deleted', () => stays.fire('ada', 2)],
  ['disabled by a person', () => stays.run(Disable, { userId: accountId, reason: 'told in confidence' })],
] as const)('who was %s before the move has no session there either', async ([, end]) => {
  await end()
  await move(stays)
  expect((await stays.account('ada')).state).toBe('INACTIVE')
  expect(await sessionsEndedIn()).toEqual([stays.organizationId, elsewhere])
})

test('whom a person has kept out stays out there, and why is the former organization’s affair', async () => {
  await stays.run(Disable, { userId: accountId, reason: 'told in confidence' })
  await move(stays)
  const there = await stays.account('ada')
  expect(there.state).toBe('INACTIVE')
  expect(JSON.stringify(await stays.byId(there.id))).not.toContain('confidence')
})

test('what was revoked stays revoked, whichever account the user of AuthKit is meanwhile', async () => {
  await stays.run(Revoke, { userId: accountId })
  await answers(401)
  await stays.register('u-other')
  await stays.run(Link, { directoryUserId: stays.id('ada'), externalId: 'u-other' })
  expect(await stays.account('ada')).toMatchObject({ externalId: 'u-other', workosUserId: authkitUser })
  await answers(401)
  await stays.register('u-other', { workosUserId: null })
  await answers(401)
})

test('a directory that comes back brings its people back to the accounts that they had, with what they had there', async () => {
  await stays.grant(accountId, `direct${tests}`)
  await move(stays)
  await moveBack(stays, 200)
  expect(await stays.account('ada')).toMatchObject({ id: accountId, state: 'ACTIVE', externalId: 'u-ada' })
  expect(await stays.roles(accountId)).toEqual([`direct${tests}`])
  // What was issued before stays refused; whoever signs in again is let in.
  await answers(401, 401)
  await expect.poll(() => statusOf(stays.organizationId, 0), { timeout: 5_000 }).toBe(200)
})

test('two directories that move one after the other, and somebody who is registered there, are one account', async () => {
  await both()
  await move(moves)
  const there = await moves.account('ada')
  await move(stays, 110)
  expect((await stays.account('ada')).id).toBe(there.id)
  await stays.fire('ada', 200)
  await answers(401, 200)
  await moves.fire('ada', 210)
  await answers(401, 401)
})

test('who moves joins the account there that has their address, where that organization wants it', async () => {
  await stays.hire('ben', 2)
  const other = staff(app, key, `other${tests}`, { of: `elsewhere${tests}` })
  const address = (await stays.account('ben')).email!
  const registered = await other.register('u-ben', { email: address, emailVerified: true })
  await other.run(Opt, { organizationId: elsewhere, linkByEmail: true })
  await move(stays)
  expect((await stays.account('ben')).id).toBe(registered)
  expect(await kindsIn(elsewhere)).toContain('LINKED')
})
