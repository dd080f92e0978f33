import { parsePointer } from '../text/json-pointer.ts'
import type { JsonObject } from './objects.ts'
import { valueAt } from './pointed-value.ts'
import { idOfReference, textOf } from './text-of.ts'

/** Employment attributes, under the same names for every identity provider. */
export const attributeNames = [
  'department',
  'jobTitle',
  'employeeId',
  'employeeType',
  'managerId',
  'managerEmail',
  'officeLocation',
  'phoneNumber',
  'division',
  'costCenter',
  'organization',
  'orgUnitPath',
  'employmentStartDate',
] as const
export type AttributeName = (typeof attributeNames)[number]
export type Attributes = Readonly<Record<AttributeName, string | null>>

/** For each attribute, JSON Pointers into a user's document, in order of preference. */
export type AttributeSources = Readonly<Record<AttributeName, readonly string[]>>

export function isAttributeName(name: string): name is AttributeName {
  return (attributeNames as readonly string[]).includes(name)
}

/** The part of a stored user that attributes are read from. */
export interface DescribedUser {
  readonly customAttributes: JsonObject
  readonly rawAttributes: JsonObject
  readonly jobTitle: string | null
  readonly username: string | null
  readonly email: string | null
  readonly idpId: string
}

/** What pointers point into: the user with WorkOS's own field names. */
export type UserDocument = JsonObject

/** The members of a document: what a pointer may begin with. */
export const documentMembers = [
  'custom_attributes',
  'raw_attributes',
  'job_title',
  'username',
  'email',
  'idp_id',
] as const

export function documentOf(user: DescribedUser): UserDocument {
  const { customAttributes, rawAttributes, jobTitle, username, email, idpId } = user
  return {
    custom_attributes: customAttributes,
    raw_attributes: rawAttributes,
    job_title: jobTitle,
    username,
    email,
    idp_id: idpId,
  } satisfies Record<(typeof documentMembers)[number], unknown>
}

/** The first value that one of the pointers leads to; null if none does. Never throws, whatever the document holds. */
export function attributeOf(document: UserDocument, pointers: readonly string[]): string | null {
  for (const tokens of parsed(pointers)) {
    const value = valueAt(document, tokens)
    const text = tokens.at(-1) === '$ref' ? idOfReference(value) : textOf(value)
    if (text !== null) return text
  }
  return null
}

/** All attributes of a user. */
export function attributesOf(user: DescribedUser, sources: AttributeSources): Attributes {
  const document = documentOf(user)
  const entries = attributeNames.map((name) => [name, attributeOf(document, sources[name])])
  return Object.fromEntries(entries) as Attributes
}

type Tokens = readonly string[]
// Lists of pointers are few and long-lived: a provider's lives forever, a directory's as long as a request.
const known = new WeakMap<readonly string[], readonly Tokens[]>()

function parsed(pointers: readonly string[]): readonly Tokens[] {
  let tokens = known.get(pointers)
  if (tokens === undefined) {
    tokens = pointers.flatMap((pointer) => {
      const found = parsePointer(pointer)
      return found === null ? [] : [found]
    })
    known.set(pointers, tokens)
  }
  return tokens
}
