import { departmentAttributes, type Department } from './departments.ts'
import { idpId, type IdKind } from './ids.ts'
import { cities, firstNames, lastNames } from './names.ts'
import { isoTime } from './clock.ts'
import { userObject, type Json, type UserObject } from './payload.ts'
import type { Random } from './random.ts'
import type { DirectoryRecord, Store } from './store.ts'

export interface Wishes {
  firstName?: string | undefined
  lastName?: string | undefined
  /** Null: a person without an address. */
  email?: string | null | undefined
  title?: string | undefined
  managerEmail?: string | null
  /** When the employment began, if not with the record. */
  startedAt?: number
}

/** Returns a new person of a department, as the provider would send them. Nothing is stored yet. */
export function newPerson(
  { store, random, newId }: { store: Store; random: Random; newId: (kind: IdKind) => string },
  directory: DirectoryRecord,
  department: Department,
  createdAt: number,
  wishes: Wishes = {},
): UserObject {
  const { provider, object } = directory
  const firstName = wishes.firstName ?? random.pick(firstNames)
  const lastName = wishes.lastName ?? random.pick(lastNames)
  const address = freeAddress(store, directory, firstName, lastName)
  const hasNoAddress = random.chance(provider.missingEmails)
  const email = wishes.email === undefined ? (hasNoAddress ? null : address) : wishes.email
  const organization = store.organization(object.organization_id)?.name ?? null
  return userObject({
    id: newId('directory_user'),
    directory_id: object.id,
    organization_id: object.organization_id,
    idp_id: idpId(provider.userIdpId, address, random),
    email,
    first_name: firstName,
    last_name: lastName,
    custom_attributes: {
      addresses: [{ type: 'work', primary: true, ...random.pick(cities) }],
      ...departmentAttributes(department, provider.hasOrgUnits),
      employee_number: String(10_000 + random.below(90_000)),
      employee_type: random.chance(0.12) ? 'Contractor' : 'Employee',
      employment_start_date: isoTime(wishes.startedAt ?? createdAt).slice(0, 10),
      job_title: wishes.title ?? department.titles[random.below(2)] ?? department.titles[0],
      manager_email: wishes.managerEmail ?? null,
      organization,
      ...addressAttributes(email, address),
    },
    created_at: isoTime(createdAt),
    updated_at: isoTime(createdAt),
  })
}

/** The two predefined attributes that change together with a person's address. */
export function addressAttributes(email: string | null, username: string): Json {
  return { emails: email === null ? [] : [{ primary: true, type: 'work', value: email }], username }
}

/** Returns first.last@domain, with a number if the directory already has a person of that name. */
export function freeAddress(store: Store, { object }: DirectoryRecord, firstName: string, lastName: string): string {
  const local = `${firstName}.${lastName}`.toLowerCase().replaceAll(/[^a-z0-9.]/g, '')
  const domain = object.domain ?? 'example.com'
  for (let number = 1; ; number += 1) {
    const address = `${local}${number === 1 ? '' : number}@${domain}`
    if (!store.isAddressTaken(object.id, address)) return address
  }
}
