import { describe, expect, test } from 'vitest'
import { providerKeys, providerOf } from '../../src/simulator/providers.ts'
import { handClock, onlyDirectory, request, sdkFor, start } from './start.ts'

describe('the official SDK, unmodified', () => {
  test('lists and gets directories, users and groups', async () => {
    const simulator = await start({ directories: ['okta', 'entra', 'google'] })
    const { directorySync } = sdkFor(simulator)

    const { data } = await directorySync.listDirectories()
    expect(data.map(({ type }) => type)).toEqual(['gsuite directory', 'azure scim v2.0', 'okta scim v2.0'])
    const directory = await directorySync.getDirectory(data[0]!.id)
    expect(directory).toEqual(data[0])
    // The SDK turns REST's "linked" into the word of the events.
    expect(directory.state).toBe('active')

    const users = await directorySync.listUsers({ directory: directory.id })
    expect(await directorySync.getUser(users.data[0]!.id)).toEqual(users.data[0])
    const groups = await directorySync.listGroups({ directory: directory.id })
    expect(await directorySync.getGroup(groups.data[0]!.id)).toEqual(groups.data[0])
  })

  test('pages through everything exactly once', async () => {
    const simulator = await start({ usersPerDirectory: 230 })
    const { directorySync } = sdkFor(simulator)
    const { id } = onlyDirectory(simulator)
    const users = await (await directorySync.listUsers({ directory: id })).autoPagination()
    expect(users).toHaveLength(230)
    expect(new Set(users.map((user) => user.id))).toEqual(new Set(simulator.store.users(id).map((user) => user.id)))
  })

  test('finds the members of a group and the groups of a user, and never both in one object', async () => {
    const simulator = await start()
    const { directorySync } = sdkFor(simulator)
    const group = simulator.store.groups().find(({ name }) => name === 'Engineering')!
    const members = await directorySync.listUsers({ group: group.id, limit: 100 })
    const expected = simulator.store.members(group.id).map(({ id }) => id)
    expect(members.data.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
    expect(expected.length).toBeGreaterThan(0)

    const groups = await directorySync.listGroups({ user: expected[0]! })
    expect(groups.data.map(({ name }) => name).toSorted()).toEqual(['Engineering', 'Everyone'])
    expect(members.data[0]!.groups).toEqual([])
  })

  test('deletes a directory', async () => {
    const simulator = await start()
    const { directorySync } = sdkFor(simulator)
    const { id } = onlyDirectory(simulator)
    await directorySync.deleteDirectory(id)
    await expect(directorySync.getDirectory(id)).rejects.toMatchObject({ status: 404, code: 'entity_not_found' })
    await expect(directorySync.listUsers({ directory: id })).rejects.toMatchObject({ status: 404 })
  })

  test('lists and gets organizations', async () => {
    const simulator = await start({ directories: 2 })
    const { organizations } = sdkFor(simulator)
    const { data } = await organizations.listOrganizations()
    expect(data.map(({ name }) => name)).toEqual(['Bluefjord', 'Northwind'])
    expect(await organizations.getOrganization(data[0]!.id)).toEqual(data[0])
    const found = await organizations.listOrganizations({ domains: ['northwind.example'] })
    expect(found.data.map(({ name }) => name)).toEqual(['Northwind'])
  })

  test('is told what was not found, and that a key is wrong', async () => {
    const simulator = await start()
    const { directorySync } = sdkFor(simulator)
    const missing = 'directory_user_01E1JG7J09H96KYP8HM9B0G5SJ'
    await expect(directorySync.getUser(missing)).rejects.toMatchObject({
      status: 404,
      message: `Directory User not found: '${missing}'.`,
    })
    const stranger = sdkFor({ ...simulator, apiKey: 'sk_wrong' })
    await expect(stranger.directorySync.listDirectories()).rejects.toMatchObject({ status: 401 })
  })
})

test('a call without a key is refused', async () => {
  const simulator = await start()
  for (const path of ['/directories', '/directory_users', '/directory_groups', '/events', '/organizations']) {
    expect(await request(simulator, 'GET', path, undefined, null)).toMatchObject({ status: 401 })
  }
})

test('REST shows linked directories with counts, and deletes with 202', async () => {
  const simulator = await start({ directories: [{ provider: 'okta', keepsInactive: true }] })
  const { id } = onlyDirectory(simulator)
  const before = await request(simulator, 'GET', `/directories/${id}`)
  const inactive = simulator.store.users(id).filter(({ state }) => state === 'inactive').length
  expect(before.json).toMatchObject({
    state: 'linked',
    domain: 'northwind.example',
    metadata: { users: { active: 12 - inactive, inactive }, groups: 12 },
  })
  simulator.actions.offboard()
  const after = await request(simulator, 'GET', `/directories/${id}`)
  expect(after.json!.metadata).toMatchObject({ users: { active: 11 - inactive, inactive: inactive + 1 } })
  expect(await request(simulator, 'DELETE', `/directories/${id}`)).toMatchObject({ status: 202, text: '' })
})

test('directories are found by organization and by name', async () => {
  const simulator = await start({ directories: 3 })
  const okta = onlyDirectory(simulator)
  const byOrganization = await request(simulator, 'GET', `/directories?organization_id=${okta.organization_id}`)
  expect(byOrganization.json!.data.map(({ id }) => id)).toEqual([okta.id])
  const byName = await request(simulator, 'GET', '/directories?search=NORTHWIND')
  expect(byName.json!.data.map(({ id }) => id)).toEqual([okta.id])
})

test('users are found by idp_id and by e-mail', async () => {
  const simulator = await start()
  const user = simulator.store.users()[3]!
  const scope = `/directory_users?directory=${user.directory_id}`
  for (const filter of [`idp_id=${user.idp_id}`, `email=${encodeURIComponent(user.email!)}`]) {
    const { json } = await request(simulator, 'GET', `${scope}&${filter}`)
    expect(json!.data.map(({ id }) => id)).toEqual([user.id])
  }
})

test('every provider of the product can be had, under its exact type', async () => {
  const simulator = await start({ directories: providerKeys, usersPerDirectory: 2 })
  const { directorySync } = sdkFor(simulator)
  const { data } = await directorySync.listDirectories({ limit: 100, order: 'asc' })
  expect(data.map(({ type }) => type)).toEqual(providerKeys.map((key) => providerOf(key).type))
  expect(new Set(data.map(({ organizationId }) => organizationId)).size).toBe(providerKeys.length)
})

describe('an Admin Portal link', () => {
  test('is made for a known organization and a known intent only', async () => {
    const simulator = await start()
    const { adminPortal } = sdkFor(simulator)
    const organization = onlyDirectory(simulator).organization_id
    const { link } = await adminPortal.generateLink({ organization, intent: 'dsync' })
    expect((await fetch(link)).status).toBe(200)
    await expect(adminPortal.generateLink({ organization: 'org_unknown', intent: 'dsync' })).rejects.toMatchObject({
      status: 404,
      message: "Organization not found: 'org_unknown'.",
    })
    const bad = await request(simulator, 'POST', '/portal/generate_link', {
      organization,
      intent: 'tea',
      return_url: 'x',
    })
    expect(bad.status).toBe(422)
    expect(bad.json!.errors.map(({ field }) => field)).toEqual(['intent', 'return_url'])
    const made = await request(simulator, 'POST', '/portal/generate_link', { organization })
    expect(made.status).toBe(201)
  })

  test('leads back by HTTPS only, also to a machine of a developer', async () => {
    const simulator = await start()
    const organization = onlyDirectory(simulator).organization_id
    const urls = { return_url: 'http://localhost:3000/', success_url: 'http://app.example/' }
    const bad = await request(simulator, 'POST', '/portal/generate_link', { organization, ...urls })
    expect(bad.status).toBe(422)
    const message = 'must be an address that begins with https://'
    expect(bad.json!.errors).toEqual([
      { field: 'return_url', code: 'invalid_return_url', message },
      { field: 'success_url', code: 'invalid_success_url', message },
    ])
  })

  test('connects no directory when it was made for something else', async () => {
    const simulator = await start()
    const organization = onlyDirectory(simulator).organization_id
    const { json } = await request(simulator, 'POST', '/portal/generate_link', { organization, intent: 'sso' })
    const path = new URL(json!.link).pathname
    expect((await request(simulator, 'GET', path)).text).not.toContain('<form')
    expect((await request(simulator, 'POST', `${path}/bamboohr`, undefined, null)).status).toBe(404)
    expect(simulator.store.directories()).toHaveLength(1)
  })

  test('dies after five minutes', async () => {
    const clock = handClock()
    const simulator = await start({ clock })
    const organization = onlyDirectory(simulator).organization_id
    const { json } = await request(simulator, 'POST', '/portal/generate_link', { organization, intent: 'dsync' })
    clock.turn(5 * 60_000 - 1)
    expect((await fetch(json!.link)).status).toBe(200)
    clock.turn(1)
    expect((await fetch(json!.link)).status).toBe(410)
  })

  test('leads to a page on which a click connects a directory', async () => {
    const simulator = await start()
    const organization = onlyDirectory(simulator).organization_id
    const success_url = 'https://app.example/done'
    const { json } = await request(simulator, 'POST', '/portal/generate_link', { organization, success_url })
    const path = new URL(json!.link).pathname
    expect((await request(simulator, 'GET', path)).text).toContain('BambooHR')
    const clicked = await request(simulator, 'POST', `${path}/bamboohr`, undefined, null)
    expect([clicked.status, clicked.headers.get('location')]).toEqual([303, success_url])
    expect(simulator.store.directories().map(({ object }) => object.type)).toEqual(['okta scim v2.0', 'bamboohr'])
    expect(simulator.events()[0]!.event).toBe('dsync.activated')
  })
})
