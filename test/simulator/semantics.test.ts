import { describe, expect, test } from 'vitest'
import { userObject, type EventEnvelope } from '../../src/simulator/payload.ts'
import { previousAttributes } from '../../src/simulator/previous-attributes.ts'
import { handClock, onlyDirectory, start } from './start.ts'

const names = (events: readonly EventEnvelope[]): string[] => events.map(({ event }) => event)

describe('WorkOS says no more than it does:', () => {
  test('a deleted directory is one event, without a word on its users and groups', async () => {
    const simulator = await start()
    const { id, organization_id, type, name } = onlyDirectory(simulator)
    const { events } = simulator.actions.deleteDirectory({ directoryId: id })
    expect(names(simulator.events())).toEqual(['dsync.deleted'])
    expect(events[0]!.data).toMatchObject({ object: 'directory', id, organization_id, type, name, state: 'active' })
    expect(Object.keys(events[0]!.data)).not.toContain('external_key')
    expect(simulator.store.users()).toEqual([])
    expect(simulator.store.groups()).toEqual([])
  })

  test('a deleted group is one event, without user_removed for its members', async () => {
    const simulator = await start()
    const group = simulator.store.groups().find(({ name }) => name === 'Everyone')!
    const [member] = simulator.store.members(group.id)
    simulator.actions.deleteGroup({ groupId: group.id })
    expect(names(simulator.events())).toEqual(['dsync.group.deleted'])
    expect(simulator.events()[0]!.data).toEqual(group)
    expect(simulator.store.groupsOf(member!.id).map(({ name }) => name)).not.toContain('Everyone')
  })

  test('events carry users without groups, and nothing where the deprecated attributes were', async () => {
    const simulator = await start({ announces: true })
    const created = simulator.events().filter(({ event }) => event === 'dsync.user.created')
    expect(created).toHaveLength(12)
    for (const { data, context } of created) {
      expect(data).toMatchObject({ raw_attributes: {}, emails: [], job_title: null, username: null })
      expect(data).not.toHaveProperty('groups')
      expect(context).toEqual({})
    }
    const attributes = created[0]!.data['custom_attributes']
    expect(
      Object.keys(attributes as object)
        .toSorted()
        .join(' '),
    ).toBe(
      'addresses cost_center_name department_name division_name emails employee_number employee_type ' +
        'employment_start_date job_title manager_email organization username',
    )
  })

  test('membership events carry whole objects and no ids beside them, and leave the user as old as before', async () => {
    const clock = handClock()
    const simulator = await start({ clock })
    const { group } = simulator.actions.createGroup()
    const user = simulator.store.users()[0]!
    clock.turn(1000)
    const { events } = simulator.actions.joinGroup({ groupId: group.id, userId: user.id })
    const roles = { role: { slug: 'member' }, roles: [{ slug: 'member' }] }
    expect(events.map(({ data }) => data)).toEqual([
      { directory_id: user.directory_id, user: { ...user, ...roles }, group },
    ])
    // Announced when it changes, not when it is said again.
    expect(simulator.actions.joinGroup({ groupId: group.id, userId: user.id }).events).toEqual([])
    expect(names(simulator.actions.leaveGroup({ groupId: group.id, userId: user.id }).events)).toEqual([
      'dsync.group.user_removed',
    ])
    expect(simulator.actions.leaveGroup({ groupId: group.id, userId: user.id }).events).toEqual([])
  })

  test('a changed state or name of a directory has no event', async () => {
    const simulator = await start()
    const directoryId = onlyDirectory(simulator).id
    simulator.actions.changeDirectory({ directoryId, state: 'invalid_credentials', name: 'Renamed' })
    expect(simulator.events()).toEqual([])
    expect(onlyDirectory(simulator)).toMatchObject({ state: 'invalid_credentials', name: 'Renamed' })
  })
})

describe('an update says what was before:', () => {
  test('of a person, root properties and custom attributes apart, and what did not change not at all', async () => {
    const simulator = await start()
    const before = simulator.store.users()[0]!
    const { user, events } = simulator.actions.rename({ userId: before.id, lastName: 'Nováková', changeEmail: true })
    expect(user.email).not.toBe(before.email)
    expect(events[0]!.data).toMatchObject({ last_name: 'Nováková', name: `${before.first_name} Nováková` })
    expect(events[0]!.data['previous_attributes']).toEqual({
      last_name: before.last_name,
      name: before.name,
      email: before.email,
      custom_attributes: {
        emails: before.custom_attributes['emails'],
        username: before.custom_attributes['username'],
      },
    })
  })

  test('of a promotion, the former title alone', async () => {
    const simulator = await start()
    const before = simulator.store.users()[0]!
    const { events } = simulator.actions.promote({ userId: before.id })
    expect(events[0]!.data['previous_attributes']).toEqual({
      custom_attributes: { job_title: before.custom_attributes['job_title'] },
    })
  })

  test('null for an attribute that is new, the value of one that is gone', () => {
    const user = userObject({
      id: 'directory_user_1',
      directory_id: 'directory_1',
      custom_attributes: { a: [1], b: 2 },
    })
    const later = { ...user, updated_at: 'later', role: { slug: 'admin' }, custom_attributes: { a: [1], c: 3 } }
    expect(previousAttributes(user, later)).toEqual({ custom_attributes: { b: 2, c: null } })
    expect(previousAttributes(user, user)).toEqual({})
  })

  test('of a group, the former name; the idp_id stays though Okta made it of the name', async () => {
    const simulator = await start()
    const before = simulator.store.groups().find(({ name }) => name === 'Sales')!
    expect(before.idp_id).toBe('Sales')
    const { group, events } = simulator.actions.renameGroup({ groupId: before.id, name: 'Revenue' })
    expect(group).toMatchObject({ id: before.id, idp_id: 'Sales', name: 'Revenue' })
    expect(names(events)).toEqual(['dsync.group.updated'])
    expect(events[0]!.data['previous_attributes']).toEqual({ name: 'Sales' })
    expect(simulator.store.members(before.id).length).toBeGreaterThan(0)
  })
})

describe('people come and go:', () => {
  test('a hire is created and joins her groups; Entra updates her at once', async () => {
    const simulator = await start({ directories: ['okta', 'entra'] })
    const [okta, entra] = simulator.store.directories().map(({ object }) => object.id)
    const joins = ['dsync.group.user_added', 'dsync.group.user_added']
    const hired = simulator.actions.hire({ directoryId: okta, department: 'Security' })
    expect(names(hired.events)).toEqual(['dsync.user.created', ...joins])
    expect(simulator.store.groupsOf(hired.user.id).map(({ name }) => name)).toEqual(['Everyone', 'Security'])
    const twice = simulator.actions.hire({ directoryId: entra, department: 'Security' })
    expect(names(twice.events)).toEqual(['dsync.user.created', 'dsync.user.updated', ...joins])
  })

  test('a move is an update, a leave and a join', async () => {
    const simulator = await start()
    const [user] = simulator.store.members(simulator.store.groups().find(({ name }) => name === 'Sales')!.id)
    const { events } = simulator.actions.move({ userId: user!.id, department: 'Finance' })
    expect(names(events)).toEqual(['dsync.user.updated', 'dsync.group.user_removed', 'dsync.group.user_added'])
    expect(simulator.store.groupsOf(user!.id).map(({ name }) => name)).toEqual(['Everyone', 'Finance'])
  })

  test('in a default environment a deactivated person is deleted, inactive in her last event', async () => {
    const simulator = await start()
    const [user] = simulator.store.users()
    const { events } = simulator.actions.offboard({ userId: user!.id })
    expect(names(events)).toEqual(['dsync.user.deleted'])
    expect(events[0]!.data).toMatchObject({ id: user!.id, state: 'inactive' })
    expect(simulator.store.user(user!.id)).toBeNull()
  })

  test('under the custom management flow she is updated and stays, with her memberships', async () => {
    const simulator = await start({ directories: [{ provider: 'okta', keepsInactive: true }] })
    const user = simulator.store.users().find(({ state }) => state === 'active')!
    const memberships = simulator.store.groupsOf(user.id)
    const { events } = simulator.actions.offboard({ userId: user.id })
    expect(names(events)).toEqual(['dsync.user.updated'])
    expect(events[0]!.data).toMatchObject({ state: 'inactive', previous_attributes: { state: 'active' } })
    const back = simulator.actions.rehire({ userId: user.id })
    expect(names(back.events)).toEqual(['dsync.user.updated'])
    expect(back.user).toMatchObject({ id: user.id, state: 'active' })
    expect(simulator.store.groupsOf(user.id)).toEqual(memberships)
  })

  test('her memberships may be taken away one by one first', async () => {
    const simulator = await start()
    const [user] = simulator.store.users()
    const { events } = simulator.actions.offboard({ userId: user!.id, announceRemovals: true })
    expect(names(events)).toEqual(['dsync.group.user_removed', 'dsync.group.user_removed', 'dsync.user.deleted'])
  })

  test('a return is a new user with the old idp_id who joins her groups again', async () => {
    const simulator = await start()
    const [user] = simulator.store.users()
    simulator.actions.offboard({ userId: user!.id })
    const back = simulator.actions.rehire({ userId: user!.id })
    expect(back.user.id).not.toBe(user!.id)
    expect(back.user).toMatchObject({ idp_id: user!.idp_id, email: user!.email, state: 'active' })
    expect(names(back.events)).toEqual(['dsync.user.created', 'dsync.group.user_added', 'dsync.group.user_added'])
    expect(() => simulator.actions.rehire({ userId: user!.id })).toThrow('has left')
  })

  test('or, as scim-bridge has it, the same user whose memberships are back without a word', async () => {
    const simulator = await start()
    const [user] = simulator.store.users()
    const memberships = simulator.store.groupsOf(user!.id)
    simulator.actions.offboard({ userId: user!.id })
    const back = simulator.actions.rehire({ userId: user!.id, sameId: true })
    expect(names(back.events)).toEqual(['dsync.user.created'])
    expect(back.user.id).toBe(user!.id)
    expect(simulator.store.groupsOf(user!.id)).toEqual(memberships)
  })

  test('two of the same name in a directory have two addresses', async () => {
    const simulator = await start()
    const twin = { firstName: 'Ada', lastName: 'Novak' }
    const emails = [1, 2, 3].map(() => simulator.actions.hire(twin).user.email)
    expect(new Set(emails).size).toBe(3)
  })
})

test('where groups map to roles, a user shows the role that her groups give her', async () => {
  const simulator = await start()
  const admins = simulator.store.groups().find(({ name }) => name === 'Okta Admins')!
  const user = simulator.store.users().find(({ id }) => !simulator.store.isMember(admins.id, id))!
  const [joined] = simulator.actions.joinGroup({ groupId: admins.id, userId: user.id }).events
  expect(joined!.data['user']).toMatchObject({ role: { slug: 'admin' }, roles: [{ slug: 'admin' }] })
  const [left] = simulator.actions.leaveGroup({ groupId: admins.id, userId: user.id }).events
  expect(left!.data['user']).toMatchObject({ role: { slug: 'member' } })
})

test('a directory that is connected later is announced like any other', async () => {
  const simulator = await start()
  const { directory, events } = simulator.actions.createDirectory({ provider: 'hibob', users: 3 })
  expect(directory).toMatchObject({ type: 'hibob', state: 'linked', metadata: { users: { active: 3, inactive: 0 } } })
  expect(names(events)[0]).toBe('dsync.activated')
  expect(events[0]!.data).toMatchObject({
    id: directory.id,
    state: 'active',
    domains: [{ object: 'organization_domain' }],
  })
  expect(names(events).filter((name) => name === 'dsync.user.created')).toHaveLength(3)
})
