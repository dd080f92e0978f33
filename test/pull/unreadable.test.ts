// Law 6: an odd value in one object keeps nothing else of a directory from being compared, and lets nobody in or out.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { GroupObject, UserObject } from '../../src/simulator/payload.ts'
import { event } from '../support/events.ts'
import { until } from '../support/until.ts'
import { startFilled, type Harness } from './harness.ts'

let pull: Harness
beforeAll(async () => {
  pull = await startFilled()
})
beforeEach(() => pull.age())
afterAll(() => pull.close())

/** A value that WorkOS has never given, in the place of one that it gives. */
const odd = (value: unknown) => value as never
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string

const look = (...ids: string[]) =>
  pull.list<{ state: string }>(
    `select id, state, email, first_name, last_name, emails, job_title, account_id is not null as "hasAccount"
     from directory_user where id = any($1) order by id`,
    ids,
  )
const warned = () => pull.app.lines.filter(({ msg }) => msg === 'not read completely')
const resynced = async () => expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', error: null })

/** People whom no other test has changed. */
let taken = 0
function person(): UserObject {
  taken += 1
  return pull.simulator.store.users(pull.directoryId)[taken]!
}
const another = (like: UserObject, name: string, fields: Partial<UserObject> = {}): UserObject => ({
  ...like,
  id: `${like.id.slice(0, -3)}${name}`,
  idp_id: name,
  email: `${name}@example.com`,
  ...fields,
})

test('what can be read of a user and a group is told, what cannot stays, and who has left is found', async () => {
  const { store } = pull.simulator
  const [first, second] = [person(), person()]
  const [team] = store.groups(pull.directoryId)
  store.putUser({ ...first, job_title: 'Baker' })
  await resynced()
  await pull.age()
  const [before] = await look(first.id)
  expect(before).toMatchObject({ job_title: 'Baker' })
  const { job_title: _, ...without } = first as Partial<UserObject> & typeof first
  store.putUser({
    ...(without as UserObject),
    first_name: odd(7),
    emails: odd({}),
    last_name: 'Newname',
    state: odd(null),
  })
  store.removeUser(second)
  store.putGroup({ ...team!, name: odd(['Team']), idp_id: 'moved' })
  await resynced()
  // What is absent can be read: the title is gone.
  expect(await look(first.id)).toEqual([{ ...before, last_name: 'Newname', job_title: null }])
  expect(await look(second.id)).toMatchObject([{ state: 'DELETED' }])
  expect(await pull.list('select name, idp_id from directory_group where id = $1', team!.id)).toEqual([
    { name: team!.name, idp_id: 'moved' },
  ])
  const ofTeam = { id: team!.id, wrong: matching(/^name: /) }
  const ofFirst = { id: first.id, wrong: matching(/^first_name: .*; emails: /) }
  expect(warned().slice(0, 2)).toMatchObject([
    { path: '/directory_groups', objects: 1, unread: [ofTeam] },
    { path: '/directory_users', objects: 1, unread: [ofFirst] },
  ])
  expect(JSON.stringify(warned())).not.toContain('Newname')
  store.putUser(first)
  store.putGroup(team!)
})

test('the members of a group of which something cannot be read are compared all the same', async () => {
  const { store } = pull.simulator
  const [team] = store.groups(pull.directoryId)
  const [member] = store.members(team!.id)
  const shown = () =>
    pull.list('select visible from membership where group_id = $1 and user_id = $2', team!.id, member!.id)
  expect(await shown()).toEqual([{ visible: true }])
  store.putGroup({ ...team!, raw_attributes: odd('none') })
  store.leave(team!.id, member!.id)
  await resynced()
  expect(await shown()).toEqual([{ visible: false }])
  store.join(team!.id, member!.id)
  store.putGroup(team!)
})

test('nobody comes in, or comes back, whose state cannot be read, and no group is made whose name cannot', async () => {
  const { store } = pull.simulator
  const gone = person()
  const at = new Date(Date.now() - 5_000).toISOString()
  await pull.app.deliver({ ...event('dsync.user.deleted', { ...gone }, 1), created_at: at })
  await pull.app.applied()
  expect(await look(gone.id)).toMatchObject([{ state: 'DELETED' }])
  store.putUser({ ...gone, state: odd(7) })
  const newcomer = another(gone, 'NEW', { state: odd({}) })
  store.putUser(newcomer)
  const [team] = store.groups(pull.directoryId)
  const club: GroupObject = { ...team!, id: `${team!.id.slice(0, -3)}NEW`, name: odd(9) }
  store.putGroup(club)
  store.join(club.id, newcomer.id)
  await resynced()
  expect(await look(gone.id)).toMatchObject([{ state: 'DELETED' }])
  expect((await look(newcomer.id)).filter(({ state }) => state !== 'UNSEEN')).toEqual([])
  expect(await pull.list(`select from directory_group where id = $1 and state <> 'UNSEEN'`, club.id)).toEqual([])
  store.putUser({ ...newcomer, state: 'active' })
  store.putGroup({ ...club, name: 'Club' })
  await pull.age()
  await resynced()
  expect(await look(newcomer.id)).toMatchObject([{ state: 'ACTIVE', hasAccount: true }])
  store.removeGroup(club)
  store.removeUser(newcomer)
  store.putUser(gone)
})

test('a newcomer of whom not even the address can be read is given an account when it can', async () => {
  const { store } = pull.simulator
  const newcomer = another(person(), 'ODD')
  store.putUser({ ...newcomer, email: odd({}) })
  await resynced()
  expect(await look(newcomer.id)).toMatchObject([{ state: 'ACTIVE', email: null, hasAccount: false }])
  store.putUser(newcomer)
  await pull.age()
  await resynced()
  expect(await look(newcomer.id)).toMatchObject([{ state: 'ACTIVE', email: newcomer.email, hasAccount: true }])
  store.removeUser(newcomer)
})

test('a fact about what could not be read is no older for that, also where it comes after the traversal', async () => {
  const { store } = pull.simulator
  const leaver = person()
  const at = new Date(Date.now() - 5_000).toISOString()
  const told = {
    ...event('dsync.user.updated', { ...leaver, state: 'inactive', last_name: 'Before' }, 1),
    created_at: at,
  }
  store.putUser({ ...leaver, state: odd(['inactive']), last_name: 'After' })
  await resynced()
  expect(await look(leaver.id)).toMatchObject([{ state: 'ACTIVE', last_name: 'After' }])
  await pull.app.deliver(told)
  await pull.app.applied()
  expect(await look(leaver.id)).toMatchObject([{ state: 'INACTIVE', last_name: 'After' }])
  store.putUser({ ...leaver, state: 'inactive' })
})

test('one of whom not even the directory can be read fails the run, which names them, and takes nobody away', async () => {
  const { store } = pull.simulator
  const [stays, stranger] = [person(), person()]
  // Whose the directory is says whose its people are.
  store.putUser({ ...stranger, organization_id: odd(7) })
  await resynced()
  store.removeUser(stays)
  const page = { data: [{ ...stranger, directory_id: 7 }], list_metadata: { after: null } }
  const { fetch: asks } = globalThis
  globalThis.fetch = async (...request) => {
    const { pathname, searchParams } = new URL(new Request(...request).url)
    const isTheirs = pathname === '/directory_users' && searchParams.has('directory')
    return isTheirs ? Response.json(page) : asks(...request)
  }
  try {
    expect(await pull.resync()).toMatchObject({
      state: 'FAILED',
      error: matching(new RegExp(`^${stranger.id} cannot be read: directory_id: `)),
    })
  } finally {
    globalThis.fetch = asks
  }
  expect(await look(stays.id)).toMatchObject([{ state: 'ACTIVE' }])
})

test('a directory of which something cannot be read is told all the same, and stays unlinked for the reason that it is', async () => {
  const record = pull.simulator.store.directory(pull.directoryId)!
  const told = async () => {
    const columns = 'name, domains, organization_id, state, state_reason'
    return (await pull.list<{ name: string; state: string }>(`select ${columns} from directory`))[0]!
  }
  record.object = { ...record.object, state: 'unlinked' }
  await until(async () => (await told()).state === 'INACTIVE')
  const before = await told()
  expect(before).toMatchObject({ state_reason: 'The directory is unlinked in WorkOS' })
  record.object = { ...record.object, domain: odd(7), organization_id: odd(7), state: odd(7), name: 'Renamed' }
  await until(async () => (await told()).name === 'Renamed')
  expect(await told()).toEqual({ ...before, name: 'Renamed' })
})
