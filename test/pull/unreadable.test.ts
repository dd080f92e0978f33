// Law 6: an odd value in one object keeps nothing else of a directory from being compared.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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

const look = (...ids: string[]) =>
  pull.list<{ first_name: string; emails: unknown }>(
    `select id, state, first_name, last_name, emails, account_id is not null as "hasAccount"
     from directory_user where id = any($1) order by id`,
    ids,
  )
const warned = () => pull.app.lines.filter(({ msg }) => msg === 'not read as a whole')

test('what can be read of a user and a group is told, what cannot stays, and who has left is found', async () => {
  const { store } = pull.simulator
  const [first, second] = store.users(pull.directoryId)
  const [team] = store.groups(pull.directoryId)
  const [before] = await look(first!.id)
  store.putUser({ ...first!, first_name: odd(7), emails: odd({}), last_name: 'Newname', state: odd(null) })
  store.removeUser(second!)
  const newcomer = { ...second!, id: `${second!.id.slice(0, -3)}NEW`, idp_id: 'new', email: 'new@example.com' }
  store.putUser({ ...newcomer, emails: odd('none') })
  const unclear = { ...newcomer, id: `${second!.id.slice(0, -3)}ODD`, idp_id: 'odd', email: 'odd@example.com' }
  store.putUser({ ...unclear, state: odd({}) })
  store.putGroup({ ...team!, name: odd(['Team']), idp_id: 'moved' })

  expect(await pull.resync()).toMatchObject({ state: 'SUCCEEDED', error: null })

  expect(await look(first!.id)).toEqual([{ ...before, last_name: 'Newname' }])
  expect(await look(second!.id)).toMatchObject([{ state: 'DELETED' }])
  expect(await look(newcomer.id)).toMatchObject([{ state: 'ACTIVE', emails: [], hasAccount: true }])
  expect(await look(unclear.id)).toMatchObject([{ state: 'INACTIVE', hasAccount: true }])
  expect(await pull.list('select name, idp_id from directory_group where id = $1', team!.id)).toEqual([
    { name: team!.name, idp_id: 'moved' },
  ])
  const wrong = (pattern: RegExp) => expect.stringMatching(pattern) as string
  expect(warned().slice(0, 2)).toMatchObject([
    { path: '/directory_groups', objects: 1, first: { id: team!.id, wrong: wrong(/^name: /) } },
    { path: '/directory_users', objects: 3, first: { id: first!.id, wrong: wrong(/^first_name: .*; emails: /) } },
  ])
  expect(JSON.stringify(warned())).not.toContain('Newname')
  store.putUser(first!)
  store.putGroup(team!)
})

test('one of whom not even the directory can be read fails the run, and takes nobody away', async () => {
  const { store } = pull.simulator
  const [first, second] = store.users(pull.directoryId)
  store.putUser(first!)
  store.removeUser(second!)
  store.putUser({ ...store.users(pull.directoryId)[2]!, organization_id: odd(7) })
  expect(await pull.resync()).toMatchObject({
    state: 'FAILED',
    error: expect.stringMatching(/organization_id/) as string,
  })
  expect(await look(second!.id)).toMatchObject([{ state: 'ACTIVE' }])
})

test('a directory of which something cannot be read is told all the same', async () => {
  const record = pull.simulator.store.directory(pull.directoryId)!
  record.object = { ...record.object, domain: odd(7), name: 'Renamed' }
  const told = () => pull.list<{ name: string; domains: string[] }>('select name, domains from directory')
  const [before] = await told()
  await until(async () => (await told())[0]!.name === 'Renamed')
  expect((await told())[0]!.domains).toEqual(before!.domains)
})
