import type { Tx } from '../db/database.ts'
import { isInScope, type Place, type ScopedMapping } from './find-pairs.ts'
import { readMatchable, type Matchable } from './read-matchable.ts'

/** A user whose attribute has the value that an ATTRIBUTE_EQUALS mapping requires. */
export interface AttributeMatch {
  readonly mapping_id: string
  readonly user_id: string
  /** Whether the user still exists, rather than being what is left of a deleted one. */
  readonly living: boolean
}

/** A mapping by attribute. */
export interface AttributeRoleMapping extends ScopedMapping {
  readonly attribute: string | null
}

interface Identity extends Place {
  readonly id: string
  readonly living: boolean
}

/** Returns which mappings by attribute match the identities of accounts. One statement if there is no such mapping. */
export async function findAttributeMatches(tx: Tx, accountIds: readonly string[]): Promise<AttributeMatch[]> {
  return matchAttributes(tx, accountIds, await readAttributeMappings(tx, accountIds))
}

/** Returns which of these mappings match the identities of accounts. */
export async function matchAttributes(
  tx: Tx,
  accountIds: readonly string[],
  mappings: readonly AttributeRoleMapping[],
): Promise<AttributeMatch[]> {
  if (mappings.length === 0) return []
  const { rows: identities } = await tx.query<Identity>({
    name: 'identities-to-match',
    text: `select id, directory_id as "directoryId", organization_id as "organizationId",
                  state in ('ACTIVE', 'INACTIVE') as living
           from directory_user where account_id = any($1::text[])`,
    values: [accountIds],
  })
  const inScope = identities
    .map((identity) => ({ identity, candidates: mappings.filter((mapping) => isInScope(mapping, identity)) }))
    .filter(({ candidates }) => candidates.length > 0)
  if (inScope.length === 0) return []
  const attributes = await readMatchable(
    tx,
    inScope.map(({ identity }) => identity.id),
  )
  return inScope.flatMap(({ identity: { id, living }, candidates }) =>
    candidates
      .filter((mapping) => hasValue(mapping, attributes.get(id)))
      .map((mapping) => ({ mapping_id: mapping.id, user_id: id, living })),
  )
}

/** Returns mappings by attribute that may match identities of accounts. */
export async function readAttributeMappings(tx: Tx, accountIds: readonly string[]): Promise<AttributeRoleMapping[]> {
  const statement = { name: 'attribute-mappings', text: MAPPINGS, values: [accountIds] }
  return (await tx.query<AttributeRoleMapping>(statement)).rows
}

/** Whether a user's attribute has exactly the value that a mapping requires. */
function hasValue({ attribute, value }: AttributeRoleMapping, attributes: Matchable | undefined): boolean {
  return (
    attribute !== null &&
    attributes !== undefined &&
    Object.hasOwn(attributes, attribute) &&
    attributes[attribute] === value
  )
}

const MAPPINGS = `
  select id, match, value, attribute, organization_id as "organizationId", directory_id as "directoryId"
  from role_mapping
  where match = 'ATTRIBUTE_EQUALS' and (organization_id is null or organization_id in (
    select u.organization_id from directory_user u where u.account_id = any($1::text[])))`
