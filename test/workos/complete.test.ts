import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { createWorkos } from '../../src/workos/client.ts'
import { createComplete } from '../../src/workos/complete.ts'

let simulator: Simulator
beforeAll(async () => {
  simulator = await createSimulator({
    announces: false,
    rateLimits: false,
    directories: ['okta'],
    usersPerDirectory: 3,
  })
})
afterAll(() => simulator.close())

const completing = (apiKey = simulator.apiKey) =>
  createComplete(createWorkos({ apiKey, clientId: null, baseUrl: simulator.url }))

test('WorkOS is asked for users, groups and directories by id, and its JSON is given as it is', async () => {
  const complete = completing()
  const directory = simulator.store.directories()[0]!.object
  const [ada, ops] = [simulator.store.users(directory.id)[0]!, simulator.store.groups(directory.id)[0]!]
  expect(await complete({ kind: 'user', id: ada.id })).toMatchObject({
    json: { id: ada.id, first_name: ada.first_name },
  })
  expect(await complete({ kind: 'group', id: ops.id })).toMatchObject({ json: { id: ops.id, name: ops.name } })
  expect(await complete({ kind: 'directory', id: directory.id })).toMatchObject({ json: { id: directory.id, state: 'linked' } }) // oxfmt-ignore
})

test('what WorkOS does not know is gone, and an id cannot lead elsewhere', async () => {
  const complete = completing()
  expect(await complete({ kind: 'user', id: 'directory_user_nobody' })).toBe('gone')
  expect(await complete({ kind: 'user', id: '../directories' })).toBe('gone')
})

test('where WorkOS does not answer as it should, that is no answer', async () => {
  await expect(completing('sk_wrong')({ kind: 'user', id: 'directory_user_nobody' })).rejects.toThrow(
    'WorkOS does not accept WORKOS_API_KEY',
  )
})
