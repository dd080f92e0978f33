import type { Tx } from '../db/database.ts'
import { invalid, type Issue } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingInput, MappingState } from '../operations/role-mappings.ts'
import { whyNoPattern } from './match.ts'
import { placeMapping } from './place-mapping.ts'
import { resolveRoles } from './resolve-roles.ts'

const LONGEST_VALUE = 500
const LONGEST_ATTRIBUTE = 100
const MAX_ROLES = 50
// A GraphQL string literal turns the \b that ends words in a pattern into a backspace, and nothing would ever match it.
const CONTROL_CHARACTER = 'must not contain control characters: in a GraphQL literal, write \\\\b for \\b'

/**
 * Returns a requested mapping with its scope and its roles resolved. `path` leads to it in the input. Throws Refusal if
 * it is invalid or the caller may not create it.
 */
export async function checkMapping(
  tx: Tx,
  by: Administrator,
  input: MappingInput,
  { id, createdAt }: Pick<MappingState, 'id' | 'createdAt'>,
  path: readonly string[],
): Promise<MappingState> {
  const { match, value, roles } = input
  const attribute = input.attribute ?? null
  const issues = issuesOf(input).map(({ path: inside, message }) => ({ path: [...path, ...inside], message }))
  if (issues.length > 0) throw invalid(...issues)
  const place = await placeMapping(tx, by, input, path)
  const found = await resolveRoles(tx, place.organizationId, roles, (index) => [...path, 'roles', `${index}`])
  return { id, ...place, match, value, attribute, roles: found, createdAt }
}

function issuesOf({ match, value, attribute, roles }: MappingInput): Issue[] {
  const issues: Issue[] = []
  const wrong = (field: string, message: string) => issues.push({ path: [field], message })
  if (value.length < 1 || value.length > LONGEST_VALUE) wrong('value', `must have 1 to ${LONGEST_VALUE} characters`)
  else if (match === 'NAME_REGEX') {
    const why = /\p{Cc}/u.test(value) ? CONTROL_CHARACTER : whyNoPattern(value)
    if (why !== null) wrong('value', why)
  }
  const name = attribute ?? ''
  if (match === 'ATTRIBUTE_EQUALS' && (name.length < 1 || name.length > LONGEST_ATTRIBUTE))
    wrong('attribute', `must have 1 to ${LONGEST_ATTRIBUTE} characters where an attribute is compared`)
  if (match !== 'ATTRIBUTE_EQUALS' && name !== '') wrong('attribute', 'is only for ATTRIBUTE_EQUALS')
  if (roles.length < 1 || roles.length > MAX_ROLES) wrong('roles', `must name 1 to ${MAX_ROLES} roles`)
  return issues
}
