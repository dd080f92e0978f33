import type { FieldList } from './freshness.ts'

/** A JSON value, as in WorkOS's attributes. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export interface JsonObject {
  [key: string]: Json
}

/** WorkOS's values of `Directory.state`; `deletedAt` marks deletion. */
export type DirectoryState = 'ACTIVE' | 'VALIDATING' | 'INVALID_CREDENTIALS' | 'INACTIVE' | 'DELETING'

export interface DirectoryFields {
  organizationId: string | null
  externalKey: string | null
  name: string
  type: string
  state: DirectoryState
  domains: string[]
  createdAt: Date
  updatedAt: Date
  /** Null: the fact says that it is not deleted. */
  deletedAt: Date | null
}

export interface UserFields {
  idpId: string
  email: string | null
  firstName: string | null
  lastName: string | null
  name: string | null
  username: string | null
  jobTitle: string | null
  emails: Json[]
  /** Whether the identity provider lets the user in. */
  active: boolean
  customAttributes: JsonObject
  rawAttributes: JsonObject
  /** Role slugs that WorkOS computed, without duplicates. */
  idpRoles: string[]
  createdAt: Date
  updatedAt: Date
  deletedAt: Date | null
}

export interface GroupFields {
  idpId: string
  name: string
  rawAttributes: JsonObject
  createdAt: Date
  updatedAt: Date
  deletedAt: Date | null
}

// Stored overlays refer to fields by their position in these lists: append, never reorder.
export const directoryFields: FieldList<DirectoryFields> = [
  'organizationId',
  'externalKey',
  'name',
  'type',
  'state',
  'domains',
  'createdAt',
  'updatedAt',
  'deletedAt',
]
export const userFields: FieldList<UserFields> = [
  'idpId',
  'email',
  'firstName',
  'lastName',
  'name',
  'username',
  'jobTitle',
  'emails',
  'active',
  'customAttributes',
  'rawAttributes',
  'idpRoles',
  'createdAt',
  'updatedAt',
  'deletedAt',
]
export const groupFields: FieldList<GroupFields> = [
  'idpId',
  'name',
  'rawAttributes',
  'createdAt',
  'updatedAt',
  'deletedAt',
]

const EPOCH = new Date(0)

/** A directory known only from its users. `born`: see timeOfId. */
export function unknownDirectory(id: string, born: Date | null): DirectoryFields {
  return {
    organizationId: null,
    externalKey: null,
    name: id,
    type: 'unknown',
    state: 'ACTIVE',
    domains: [],
    createdAt: born ?? EPOCH,
    updatedAt: born ?? EPOCH,
    deletedAt: null,
  }
}

/** A user about whom nothing has been reported. */
export function unknownUser(born: Date | null): UserFields {
  return {
    idpId: '',
    email: null,
    firstName: null,
    lastName: null,
    name: null,
    username: null,
    jobTitle: null,
    emails: [],
    active: true,
    customAttributes: {},
    rawAttributes: {},
    idpRoles: [],
    createdAt: born ?? EPOCH,
    updatedAt: born ?? EPOCH,
    deletedAt: null,
  }
}

/** A group about which nothing has been reported. */
export function unknownGroup(born: Date | null): GroupFields {
  return { idpId: '', name: '', rawAttributes: {}, createdAt: born ?? EPOCH, updatedAt: born ?? EPOCH, deletedAt: null }
}
