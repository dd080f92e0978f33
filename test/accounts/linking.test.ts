// Which account a user of a directory belongs to: decided when it is first seen alive, and by whoever may say so.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { AccountChanges, Disable, IdentityOf, Link, LinkByEmail, Opt, Unlink, Upsert } from './operations.ts'
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
  one = staff(app, key, `s${tests}`)
})

const link = async (directoryUserId: string, to: { userId?: string; externalId?: string; workosUserId?: string }) =>
  (await one.run(Link, { directoryUserId, ...to })).linkUser

test('whom only a membership has told of has no account yet, and may be given one by somebody', async () => {
  const known = await one.register('u-ada', { email: 'ada@example.com' })
  const { email: _, ...part } = user(`ada_${tests}`, {
    directory_id: one.directoryId,
    organization_id: one.organizationId,
  })
  const ops = group(`ops_${tests}`, { directory_id: one.directoryId, organization_id: one.organizationId })
  await app.deliver(event('dsync.group.user_added', member(ops, part, one.directoryId), 1))
  await app.applied()
  expect(await link(part.id, { userId: known, workosUserId: `user_${tests}` })).toMatchObject({ __typename: 'User' })
  // Told of whole, they stay whom somebody has said that they are.
  await app.deliver(event('dsync.user.created', { ...part, email: 'other@example.com' }, 2))
  await app.applied()
  const { directoryUser } = await query(app.url, key, IdentityOf, { id: part.id })
  expect(directoryUser).toMatchObject({ state: 'ACTIVE', user: { id: known, state: 'ACTIVE' } })
})

describe('whoever is new in a directory', () => {
  test('has an account made for them, whose names and address follow the directory', async () => {
    await one.hire('ada', 1, { last_name: 'Byron' })
    const account = await one.account('ada')
    expect(account).toMatchObject({ state: 'ACTIVE', firstName: 'ada', lastName: 'Byron', externalId: null })
    expect(account.id).toMatch(/^account_/)
    expect(account.organization).toEqual({ id: one.organizationId })
    expect(await one.changes(account.id)).toEqual(['PROVISIONED'])
    await one.update('ada', 2, { last_name: 'Lovelace', email: null })
    expect(await one.account('ada')).toMatchObject({ id: account.id, lastName: 'Lovelace', email: null })
  })

  test('is the one who was there before under another id, where the identity provider says so', async () => {
    await one.hire('ada', 1, { idp_id: '8931' })
    const account = await one.account('ada')
    await one.fire('ada', 2)
    await one.hire('ada2', 3, { idp_id: '8931' })
    expect(await one.account('ada2')).toMatchObject({ id: account.id, state: 'ACTIVE' })
    expect(await one.changes(account.id)).toEqual(['PROVISIONED', 'DEACTIVATED', 'LINKED', 'UPDATED', 'REACTIVATED'])
  })

  test('joins the one account with the same verified address, where the organization wants it', async () => {
    const known = await one.register('u-ada', { email: 'ADA@Example.com', emailVerified: true })
    const unsure = await one.register('u-ben', { email: 'ben@example.com' })
    await one.hire('early', 1, { email: 'ada@example.com' })
    expect((await one.account('early')).id).not.toBe(known)
    await one.run(Opt, { organizationId: one.organizationId, linkByEmail: true })
    await one.hire('ada', 2, { email: 'ada@example.com' })
    expect(await one.account('ada')).toMatchObject({ id: known, externalId: 'u-ada', email: 'ADA@Example.com' })
    // Nobody vouches for the address, another one is only like it, and an account that has somebody is not given away.
    await one.hire('ben', 3, { email: 'ben@example.com' })
    await one.hire('àda', 4, { email: 'àda@example.com' })
    await one.hire('ada-again', 5, { email: 'ada@example.com' })
    for (const who of ['ben', 'àda', 'ada-again']) expect([known, unsure]).not.toContain((await one.account(who)).id)
  })

  test('takes no letter for another one but those of ASCII that differ in case alone, in a list neither', async () => {
    const known = [
      await one.register('u-mike', { email: 'mike@example.com', emailVerified: true }),
      await one.register('u-ilja', { email: 'i̇lja@example.com', emailVerified: true }),
      await one.register('u-émil', { email: 'émil@example.com', emailVerified: true }),
      await one.register('u-soren', { email: 'soren@example.com', emailVerified: true }),
    ]
    await one.run(Opt, { organizationId: one.organizationId, linkByEmail: true })
    await one.hire('kelvin', 1, { email: 'mi\u212Ae@example.com' })
    await one.hire('dotted', 2, { email: '\u0130lja@example.com' })
    await one.hire('capital', 3, { email: 'Émil@example.com' })
    await one.hire('soren', 3, { email: 'søren@example.com' })
    for (const who of ['kelvin', 'dotted', 'capital', 'soren']) expect(known).not.toContain((await one.account(who)).id)
    const { organizationId } = one
    const { linkUsersByEmail } = await one.run(LinkByEmail, { organizationId, dryRun: false })
    expect(linkUsersByEmail).toMatchObject({ pairCount: 0, conflictCount: 0 })
    await one.hire('mike', 4, { email: ' MIKE@Example.COM ' })
    expect((await one.account('mike')).id).toBe(known[0])
  })

  test('does not join one of several accounts with the address: they are told as candidates', async () => {
    await one.register('u-1', { email: 'ada@example.com', emailVerified: true })
    await one.register('u-2', { email: 'Ada@example.com', emailVerified: true })
    await one.run(Opt, { organizationId: one.organizationId, linkByEmail: true })
    await one.hire('ada', 1, { email: 'ada@example.com' })
    const { id, externalId } = await one.account('ada')
    expect(externalId).toBeNull()
    const { changes } = await one.run(AccountChanges, { filter: { userId: id } })
    expect(changes.nodes).toMatchObject([{ userKind: 'PROVISIONED', candidates: [{ externalId: 'u-1' }, { externalId: 'u-2' }] }]) // oxfmt-ignore
  })
})

describe('linkUser', () => {
  test('names the account that was made, by the id of the application', async () => {
    await one.hire('ada', 1)
    const made = await one.account('ada')
    expect(await link(one.id('ada'), { externalId: 'u-ada' })).toMatchObject({ id: made.id, externalId: 'u-ada' })
    // Said once more, nothing changes.
    expect(await link(one.id('ada'), { externalId: 'u-ada' })).toMatchObject({ id: made.id })
    const { changes } = await one.run(AccountChanges, { filter: { userId: made.id } })
    expect(changes.nodes.slice(1)).toEqual([
      expect.objectContaining({
        userKind: 'UPDATED',
        source: 'MUTATION',
        actor: expect.stringMatching(/^api_key_/) as string,
        changedFields: ['externalId'],
        previous: { externalId: null },
        directoryUser: { id: one.id('ada') },
      }),
    ])
  })

  test('moves them to the account that the application had before, and what was made for them goes away', async () => {
    const roleId = await one.mapRole('ops', 'operator')
    const known = await one.register('u-ada', { email: 'private@example.com', firstName: 'Augusta' })
    await one.hire('ada', 1, { last_name: 'Byron' })
    await one.join('ops', 'ada', 2)
    const made = await one.account('ada')
    expect(await one.roles(made.id)).toEqual(['operator'])
    const before = await one.changes()

    expect(await link(one.id('ada'), { externalId: 'u-ada' })).toMatchObject({ id: known, state: 'ACTIVE' })
    // What the application knows stays, what it did not know is filled in.
    expect(await one.account('ada')).toMatchObject({ id: known, email: 'private@example.com', firstName: 'Augusta', lastName: 'Byron' }) // oxfmt-ignore
    expect(await one.roles(known)).toEqual(['operator'])
    expect(await one.byId(made.id)).toMatchObject({
      state: 'DELETED',
      email: null,
      firstName: null,
      deletionReason: 'Its identities belong to another account',
      directoryUsers: [],
    })
    expect(await one.roles(made.id)).toEqual([])
    const told = (await one.changes()).slice(before.length)
    expect(told).toEqual(
      expect.arrayContaining(['LINKED', 'DEACTIVATED', 'DELETED', 'UPDATED', `${roleId} REVOKED`, `${roleId} GRANTED`]),
    )
    expect(told).toHaveLength(6)
  })

  test('ends the access of what was made for them, and whoever follows that is told, unless it had ended before', async () => {
    await one.register('u-ada')
    await one.hire('ada', 1)
    await one.hire('ben', 1)
    await one.fire('ben', 2)
    const made = await one.account('ada')
    const ended = await one.account('ben')
    for (const name of ['ada', 'ben']) await link(one.id(name), { externalId: 'u-ada' })
    expect((await one.changes(made.id)).slice(-2)).toEqual(['DEACTIVATED', 'DELETED'])
    expect((await one.changes(ended.id)).slice(-2)).toEqual(['DEACTIVATED', 'DELETED'])
    expect(await one.changes(ended.id)).toHaveLength(3)
  })

  test('makes an account where the present one has another id of the application, and that one is left to itself', async () => {
    await one.hire('ada', 1)
    const first = await one.account('ada')
    await link(one.id('ada'), { externalId: 'u-1' })
    const second = await link(one.id('ada'), { externalId: 'u-2' })
    expect(second).toMatchObject({ externalId: 'u-2', state: 'ACTIVE' })
    expect(await one.byId(first.id)).toMatchObject({ externalId: 'u-1', state: 'ACTIVE', email: null, directoryUsers: [] }) // oxfmt-ignore
    // Its id; its identity; what it was called by that one.
    expect(await one.changes(first.id)).toEqual(['PROVISIONED', 'UPDATED', 'UPDATED', 'UPDATED'])
  })

  test('takes what was granted by hand along, once, and leaves it where the account stays', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1, { idp_id: 'x' })
    const made = await one.account('ada')
    for (const [account, slug] of [[made.id, 'auditor'], [made.id, 'owner'], [known, 'owner']] as const) await one.grant(account, slug) // oxfmt-ignore
    await link(one.id('ada'), { userId: known })
    expect(await one.roles(known)).toEqual(['auditor', 'owner'])
    const { rows } = await app.db.pool.query(
      `select account_id, granted_at, actor from role_grant where account_id = any($1) order by role_id`,
      [[known, made.id]],
    )
    expect(rows).toEqual(
      Array.from({ length: 2 }, () => ({ account_id: known, granted_at: new Date('2026-01-01Z'), actor: 'somebody' })),
    )

    await one.hire('ben', 2, { idp_id: 'y' })
    await one.fire('ben', 3)
    await one.hire('ben2', 4, { idp_id: 'y' })
    const both = await one.account('ben2')
    await one.grant(both.id, 'auditor')
    await link(one.id('ben2'), { externalId: 'u-ada' })
    expect(await one.roles(both.id)).toEqual(['(auditor)'])
    expect(await one.byId(both.id)).toMatchObject({ state: 'INACTIVE', directoryUsers: [{ id: one.id('ben') }] })
  })

  test('does not let anybody in whom a person has kept out', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1)
    const made = await one.account('ada')
    await one.run(Disable, { userId: made.id, reason: 'lost laptop' })
    expect(await link(one.id('ada'), { externalId: 'u-ada' })).toMatchObject({ id: known, state: 'INACTIVE' })
    expect(await one.byId(known)).toMatchObject({ disabledReason: 'lost laptop' })
  })

  test('deactivates the account of somebody who has left the directory', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1)
    await one.fire('ada', 2)
    expect(await link(one.id('ada'), { externalId: 'u-ada' })).toMatchObject({ id: known, state: 'INACTIVE' })
    expect(await one.changes(known)).toEqual(['PROVISIONED', 'LINKED', 'DEACTIVATED'])
  })

  test('refuses what cannot be, and changes nothing', async () => {
    await one.hire('ada', 1)
    const ada = one.id('ada')
    const other = staff(app, key, `other${tests}`)
    const theirs = await other.register('u-theirs', { workosUserId: 'user_theirs' })
    await one.register('u-own', { workosUserId: 'user_own' })
    const before = await one.changes()
    expect(await link('directory_user_none', { externalId: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await link(ada, { userId: 'account_none' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await link(ada, { userId: theirs })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await link(ada, {})).toMatchObject({ __typename: 'ValidationError' })
    expect(await link(ada, { userId: theirs, externalId: 'x' })).toMatchObject({ __typename: 'ValidationError' })
    expect(await link(ada, { externalId: ' ' })).toMatchObject({ __typename: 'ValidationError' })
    expect(await link(ada, { externalId: 'u-ada', workosUserId: 'user_own' })).toMatchObject({ __typename: 'ConflictError' }) // oxfmt-ignore
    expect(await one.account('ada')).toMatchObject({ externalId: null, workosUserId: null })
    expect(await one.changes()).toEqual(before)
    // An AuthKit's user is one only within an organization.
    expect(await link(ada, { externalId: 'u-ada', workosUserId: 'user_theirs' })).toMatchObject({ workosUserId: 'user_theirs' }) // oxfmt-ignore
  })

  test('does not make one account of two users of AuthKit, and takes along the one that is known', async () => {
    await one.hire('ada', 1)
    const made = await one.account('ada')
    await link(one.id('ada'), { userId: made.id, workosUserId: 'user_ada' })
    await one.register('u-other', { workosUserId: 'user_other' })
    expect(await link(one.id('ada'), { externalId: 'u-other' })).toMatchObject({ __typename: 'ConflictError' })
    const plain = await one.register('u-plain')
    expect(await link(one.id('ada'), { externalId: 'u-plain' })).toMatchObject({ id: plain, workosUserId: 'user_ada' })
    expect(await one.byId(made.id)).toMatchObject({ state: 'DELETED', workosUserId: null })
  })

  test('of somebody whose directory has moved away concerns the account that they have there', async () => {
    const two = staff(app, key, `s${tests}-b`, { of: one.organizationId.slice('org_'.length) })
    await one.hire('ada', 1)
    await two.hire('ada', 1)
    const stays = await one.account('ada')
    await link(two.id('ada'), { userId: stays.id })
    await one.register('u-taken')
    const elsewhere = `${one.organizationId}-elsewhere`
    await app.deliver(event('dsync.activated', directory({ id: two.directoryId, organization_id: elsewhere }), 5))
    await app.applied()
    expect(await link(two.id('ada'), { externalId: 'u-taken' })).toMatchObject({ __typename: 'User' })
    expect(await two.account('ada')).toMatchObject({ organization: { id: elsewhere }, externalId: 'u-taken' })
    expect(await one.account('ada')).toMatchObject({ id: stays.id, externalId: null })
  })

  test('is done once where two say it at the same time', async () => {
    for (const who of ['ada', 'ben', 'cy']) await one.hire(who, 1)
    const results = await Promise.all(
      ['ada', 'ben', 'cy', 'ada'].map((who) => link(one.id(who), { externalId: 'u-all' })),
    )
    const ids = new Set(results.map((result) => (result as { id: string }).id))
    expect(ids.size).toBe(1)
    const [id] = [...ids]
    expect((await one.byId(id!)).directoryUsers).toHaveLength(3)
    const { rows } = await app.db.pool.query(
      `select state::text, count(*)::int from account where organization_id = $1 group by 1 order by 1`,
      [one.organizationId],
    )
    expect(rows).toEqual([
      { state: 'ACTIVE', count: 1 },
      { state: 'DELETED', count: 2 },
    ])
  })
})

describe('upsertUsers', () => {
  const upsert = async (...emails: (string | null)[]) => {
    const users = emails.map((email, n) => ({ externalId: `u-${n}`, email }))
    return (await one.run(Upsert, { organizationId: one.organizationId, users })).upsertUsers
  }

  test('refuses what is no address, and says of whom', async () => {
    const wrong = ['nope', '', 'a@b', 'ada@example.com, ben@example.com', 'Ada <ada@example.com>', 'ada @example.com']
    const long = `${'x'.repeat(250)}@example.com`
    expect(await upsert('ada@example.com', ...wrong, long)).toMatchObject({
      __typename: 'ValidationError',
      issues: [...wrong, long].map((_, n) => ({
        path: ['input', 'users', String(n + 1), 'email'],
        message: 'must be a single e-mail address',
      })),
    })
    expect(await one.changes()).toEqual([])
  })

  test('takes addresses in all letters, and none', async () => {
    const right = ["o'neill+a.b@mail.example.co.uk", 'søren@exämple.com', 'нина@пример.рф', '李雷@example.com', null]
    expect(await upsert(...right)).toMatchObject({ created: right.length })
  })
})

describe('unlinkUser', () => {
  const unlink = async (who: string) => (await one.run(Unlink, { directoryUserId: one.id(who) })).unlinkUser

  test('gives them an account of their own, with what their groups give, and leaves the former one to itself', async () => {
    await one.mapRole('ops', 'operator')
    const known = await one.register('u-ada')
    await one.grant(known, 'owner')
    await one.hire('ada', 1)
    await one.join('ops', 'ada', 2)
    await link(one.id('ada'), { externalId: 'u-ada' })
    expect(await one.roles(known)).toEqual(['operator', 'owner'])
    const own = await unlink('ada')
    expect(own).toMatchObject({ state: 'ACTIVE', email: `ada@${one.organizationId.slice(4)}.example.com` })
    const ownId = (own as { id: string }).id
    expect((await one.account('ada')).id).toBe(ownId)
    expect(await one.roles(ownId)).toEqual(['operator'])
    expect(await one.roles(known)).toEqual(['owner'])
    expect(await one.byId(known)).toMatchObject({ state: 'ACTIVE', directoryUsers: [] })
    const { changes } = await one.run(AccountChanges, { filter: { userId: known } })
    expect(
      changes.nodes.find((node) => 'changedFields' in node && node.changedFields.includes('directoryUsers')),
    ).toMatchObject({ previous: { directoryUsers: [one.id('ada')] } })
    expect(await unlink('ada')).toMatchObject({ __typename: 'ConflictError' })
  })

  test('does not let a leaver in again by their former account', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1)
    await link(one.id('ada'), { externalId: 'u-ada' })
    await one.fire('ada', 2)
    expect(await unlink('ada')).toMatchObject({ state: 'INACTIVE' })
    expect(await one.byId(known)).toMatchObject({
      state: 'INACTIVE',
      disabledBy: expect.stringMatching(/^api_key_/) as string,
      disabledReason: 'Its last identity was unlinked',
    })
    // Somebody else who is there is let in by it, unless a person says no.
    await one.hire('ben', 3)
    await link(one.id('ben'), { userId: known })
    expect(await one.byId(known)).toMatchObject({ state: 'ACTIVE', disabledAt: null, disabledBy: null })
  })

  test('does not let in whom a person has disabled', async () => {
    await one.hire('ada', 1)
    await link(one.id('ada'), { externalId: 'u-ada' })
    await one.run(Disable, { userId: (await one.account('ada')).id, reason: 'under investigation' })
    expect(await unlink('ada')).toMatchObject({ state: 'INACTIVE' })
    await one.register('u-new')
    expect(await link(one.id('ada'), { externalId: 'u-new' })).toMatchObject({ state: 'INACTIVE' })
  })

  test('a person can keep out for good whom the lack of an identity keeps out for now', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1)
    await link(one.id('ada'), { externalId: 'u-ada' })
    await one.fire('ada', 2)
    await unlink('ada')
    await one.run(Disable, { userId: known, reason: 'under investigation' })
    await one.hire('ben', 3)
    await link(one.id('ben'), { userId: known })
    expect(await one.byId(known)).toMatchObject({ state: 'INACTIVE', disabledReason: 'under investigation' })
  })

  test('whom a person has disabled is not let in by an account that has nobody', async () => {
    const known = await one.register('u-ada')
    await one.hire('ada', 1)
    await link(one.id('ada'), { externalId: 'u-ada' })
    await one.fire('ada', 2)
    await unlink('ada')
    await one.hire('ben', 3)
    await one.run(Disable, { userId: (await one.account('ben')).id, reason: 'under investigation' })
    await link(one.id('ben'), { userId: known })
    expect(await one.byId(known)).toMatchObject({ state: 'INACTIVE', disabledReason: 'under investigation' })
  })

  test('takes their name along, also where the former account was made for them or has nobody left who is there', async () => {
    const nameless = { email: null, firstName: null, lastName: null }
    await one.hire('ada', 1)
    await link(one.id('ada'), { externalId: 'u-ada' })
    const { id: made } = await one.account('ada')
    await unlink('ada')
    expect(await one.byId(made)).toMatchObject({ ...nameless, directoryUsers: [] })

    await one.hire('ben', 1)
    await one.hire('cy', 2)
    await link(one.id('ben'), { externalId: 'u-ben' })
    await link(one.id('cy'), { externalId: 'u-ben' })
    const { id: both } = await one.account('ben')
    const { email } = await one.byId(both)
    await one.fire('ben', 3)
    expect((await one.byId(both)).email).toMatch(/^cy@/)
    await unlink('cy')
    expect(await one.byId(both)).toMatchObject({ state: 'INACTIVE', email })
  })

  test('leaves an account that has another identity to that one', async () => {
    await one.hire('ada', 1)
    await one.hire('ben', 1)
    await link(one.id('ada'), { externalId: 'u-1' })
    await link(one.id('ben'), { externalId: 'u-1' })
    const both = await one.account('ada')
    await one.fire('ben', 2)
    await unlink('ada')
    expect(await one.byId(both.id)).toMatchObject({ state: 'INACTIVE', disabledAt: null })
    await one.hire('ben', 3)
    expect(await one.byId(both.id)).toMatchObject({ state: 'ACTIVE' })
  })
})

test('linkUsersByEmail pairs who is one person without doubt, and lists and leaves the others', async () => {
  const known = await one.register('u-ada', { email: 'Ada@example.com', emailVerified: true })
  const twice = [
    await one.register('u-b1', { email: 'ben@example.com', emailVerified: true }),
    await one.register('u-b2', { email: 'ben@example.com', emailVerified: true }),
  ]
  const shared = await one.register('u-team', { email: 'team@example.com', emailVerified: true })
  await one.register('u-unsure', { email: 'cy@example.com' })
  await one.hire('ada', 1, { email: 'ada@example.com', idp_id: 'a' })
  await one.fire('ada', 2)
  await one.hire('ada2', 3, { email: 'ada@example.com', idp_id: 'a' })
  await one.hire('ben', 1, { email: 'BEN@example.com' })
  await one.hire('dan', 1, { email: 'team@example.com' })
  await one.hire('eve', 1, { email: 'team@example.com' })
  await one.hire('cy', 1, { email: 'cy@example.com' })
  await one.hire('named', 1, { email: 'ada@example.com' })
  await link(one.id('named'), { externalId: 'u-named' })
  const before = await one.changes()

  const expected = {
    pairCount: 1,
    pairs: [{ directoryUserIds: [one.id('ada'), one.id('ada2')], userId: known }],
    conflictCount: 2,
    conflicts: [
      { directoryUserIds: [one.id('ben')], userIds: twice.toSorted() },
      { directoryUserIds: [one.id('dan'), one.id('eve')], userIds: [shared] },
    ],
    settling: 0,
  }
  const { organizationId } = one
  const run = async (dryRun: boolean) => (await one.run(LinkByEmail, { organizationId, dryRun })).linkUsersByEmail
  const sorted = (answer: Awaited<ReturnType<typeof run>>) => ({
    ...answer,
    ...('conflicts' in answer && {
      conflicts: answer.conflicts.toSorted((a, b) => (a.userIds.length > b.userIds.length ? -1 : 1)),
    }),
  })
  expect(sorted(await run(true))).toMatchObject({ dryRun: true, ...expected })
  expect(await one.changes()).toEqual(before)
  expect(sorted(await run(false))).toMatchObject({ dryRun: false, ...expected })
  expect((await one.byId(known)).directoryUsers).toHaveLength(2)
  expect(await run(false)).toMatchObject({ pairCount: 0, conflictCount: 2 })
  expect(
    (await query(app.url, key, LinkByEmail, { organizationId: 'org_none', dryRun: true })).linkUsersByEmail,
  ).toMatchObject({ __typename: 'NotFoundError' })
})
