import { ApiError, invalid } from './api-error.ts'
import { isoTime } from './clock.ts'
import { homesOf } from './company.ts'
import { departmentAttributes, departmentNamed, departments, nextTitle, type Department } from './departments.ts'
import { describeUser } from './describe.ts'
import type { IdKind } from './ids.ts'
import { addMember, removeMember } from './membership.ts'
import { lastNames } from './names.ts'
import type { EventEnvelope, UserObject } from './payload.ts'
import { addressAttributes, freeAddress, newPerson, type Wishes } from './person.ts'
import { previousAttributes } from './previous-attributes.ts'
import type { DirectoryRecord } from './store.ts'
import { chooseDirectory, chooseUser, directoryOf, type World } from './world.ts'

export interface UserOutcome {
  user: UserObject
  events: EventEnvelope[]
}
export interface OfUser {
  userId?: string | undefined
  directoryId?: string | undefined
}
interface InDepartment {
  department?: string | undefined
}
type Hire = InDepartment & Pick<Wishes, 'firstName' | 'lastName' | 'email'> & { directoryId?: string | undefined }
type Rename = OfUser & Pick<Wishes, 'firstName' | 'lastName'> & { changeEmail?: boolean | undefined }

/** Hires a new person: created, then added to everybody's group and the department's. */
export function hire(world: World, wishes: Hire = {}): UserOutcome {
  const { store, random, ids, clock } = world
  const directory = chooseDirectory(world, wishes.directoryId)
  const department = chooseDepartment(world, wishes, null)
  const source = { store, random, newId: (kind: IdKind) => ids.next(kind, clock.now()) }
  const managerEmail = headOf(world, directory, department)
  const user = newPerson(source, directory, department, clock.now(), { ...wishes, managerEmail })
  const { events } = directory.provider.updatesAfterCreate ? createTwice(world, user) : create(world, user)
  for (const group of homesOf(store, directory, department)) events.push(...addMember(world, group, user))
  return { user: store.user(user.id)!, events }
}

/**
 * Moves a person to another department: the person is updated, leaves the old department's group and joins the new
 * one's.
 */
export function move(world: World, wishes: OfUser & InDepartment = {}): UserOutcome {
  const before = chooseUser(world, wishes)
  const directory = directoryOf(world, before)
  const from = departmentNamed(before.custom_attributes['department_name'])
  const to = chooseDepartment(world, wishes, from)
  const changes = departmentAttributes(to, directory.provider.hasOrgUnits)
  const { user, events } = update(world, before, withAttributes(before, { ...changes, job_title: to.titles[0] }))
  const leaving = from === null ? [] : homesOf(world.store, directory, from)
  const joining = homesOf(world.store, directory, to)
  for (const group of leaving) if (!joining.includes(group)) events.push(...removeMember(world, group, user))
  for (const group of joining) events.push(...addMember(world, group, user))
  return { user, events }
}

/** Gives a person another name and, if requested, the address that goes with it. */
export function rename(world: World, wishes: Rename = {}): UserOutcome {
  const before = chooseUser(world, wishes)
  const others = lastNames.filter((name) => name !== before.last_name)
  const first_name = wishes.firstName ?? before.first_name ?? 'Alex'
  const newLastName = wishes.lastName ?? (wishes.firstName === undefined ? world.random.pick(others) : null)
  const last_name = newLastName ?? before.last_name ?? 'Smith'
  const renamed = { ...before, first_name, last_name, name: `${first_name} ${last_name}` }
  if (wishes.changeEmail !== true) return update(world, before, renamed)
  const email = freeAddress(world.store, directoryOf(world, before), first_name, last_name)
  return update(world, before, withAttributes({ ...renamed, email }, addressAttributes(email, email)))
}

/** Gives a person the next title of the department's ladder. */
export function promote(world: World, wishes: OfUser = {}): UserOutcome {
  const before = chooseUser(world, wishes, (user) => titleAbove(user) !== null)
  const job_title = titleAbove(before)
  if (job_title === null) throw new ApiError(409, { message: 'There is no title above this one.', code: 'at_the_top' })
  return update(world, before, withAttributes(before, { job_title }))
}

/** Stores and announces a user that WorkOS has not shown before, or shows again after it was deleted. */
export function create({ store, record }: World, user: UserObject): UserOutcome {
  store.putUser(user)
  return { user, events: [record('dsync.user.created', describeUser(store, user))] }
}

/** Stores the changed user and announces it with what it was before. */
export function update({ store, clock, record }: World, before: UserObject, after: UserObject): UserOutcome {
  const user = { ...after, updated_at: isoTime(clock.now()) }
  store.putUser(user)
  const data = { ...describeUser(store, user), previous_attributes: previousAttributes(before, user) }
  return { user, events: [record('dsync.user.updated', data)] }
}

function createTwice(world: World, user: UserObject): UserOutcome {
  const bare = withAttributes(user, { division_name: null, cost_center_name: null })
  return { user, events: [...create(world, bare).events, ...update(world, bare, user).events] }
}

function chooseDepartment({ random }: World, { department }: InDepartment, except: Department | null): Department {
  if (department === undefined) return random.pick(departments.filter((one) => one !== except))
  const named = departmentNamed(department)
  const known = departments.map(({ name }) => name).join(', ')
  if (named === null) throw invalid({ field: 'department', code: 'unknown_department', message: `is one of ${known}` })
  return named
}

function titleAbove({ custom_attributes: { department_name, job_title } }: UserObject): string | null {
  const department = departmentNamed(department_name)
  return department === null ? null : nextTitle(department, job_title)
}

function withAttributes(user: UserObject, attributes: UserObject['custom_attributes']): UserObject {
  return { ...user, custom_attributes: { ...user.custom_attributes, ...attributes } }
}

function headOf({ store }: World, { object }: DirectoryRecord, { name }: Department): string | null {
  return store.findUser(object.id, (user) => user.custom_attributes['department_name'] === name)?.email ?? null
}
