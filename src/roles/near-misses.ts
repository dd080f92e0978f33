import type { Queryable } from '../db/database.ts'
import type { Missing, MissingKind } from '../operations/explanation.ts'
import type { GroupMatchKind } from '../operations/role-mappings.ts'
import { readMatchable } from './read-matchable.ts'

interface Mapping {
  readonly id: string
  readonly match: GroupMatchKind
  readonly value: string
  readonly attribute: string | null
  /** Identities of the account within the mapping's scope. */
  readonly identities: readonly string[]
  /** Groups that it matches there, at most `limit`. */
  readonly groups: readonly {
    readonly id: string
    readonly name: string
    readonly living: boolean
  }[]
  /** Whether the account has any identity at all. */
  readonly known: boolean
}

/**
 * Returns what each mapping lacks that would grant a role to an account and does not: for at most `limit` mappings, and
 * as many groups of each.
 */
export async function nearMisses(db: Queryable, accountId: string, roleId: string, limit: number): Promise<Missing[]> {
  const { rows } = await db.query<Mapping>(MAPPINGS, [accountId, roleId, limit])
  const compared = rows.filter(({ match }) => match === 'ATTRIBUTE_EQUALS').flatMap(({ identities }) => identities)
  const attributes: Awaited<ReturnType<typeof readMatchable>> =
    compared.length === 0 ? new Map() : await readMatchable(db, compared)
  return rows.flatMap((mapping) => {
    if (mapping.identities.length === 0) return [missing(mapping, ...placeOf(mapping))]
    if (mapping.match !== 'ATTRIBUTE_EQUALS') return ofGroups(mapping)
    return mapping.identities.map((identity) => ofAttribute(mapping, identity, attributes.get(identity)))
  })
}

const missing = (
  { id }: Mapping,
  kind: MissingKind,
  message: string,
  { groupId = null, directoryUserId = null }: Partial<Missing> = {},
): Missing => ({ kind, message, mappingId: id, groupId, directoryUserId })

function placeOf({ known }: Mapping): [MissingKind, string] {
  return known
    ? ['OUT_OF_SCOPE', 'The account has no identity in the directory that the mapping applies to']
    : ['NO_IDENTITY', 'The account has no identity, hence no groups or attributes']
}

function ofGroups(mapping: Mapping): Missing[] {
  const { groups, value } = mapping
  if (groups.length === 0)
    return [missing(mapping, 'NO_GROUP_MATCHES', `No group of the account's directories matches ${value}`)]
  return groups.map(({ id: groupId, name, living }) =>
    living
      ? missing(mapping, 'NOT_A_MEMBER', `Not a member of ${name}`, { groupId })
      : missing(mapping, 'GROUP_DELETED', `${name} was deleted`, { groupId }),
  )
}

function ofAttribute(
  mapping: Mapping,
  directoryUserId: string,
  attributes: Readonly<Record<string, string | null>> | undefined,
): Missing {
  const name = mapping.attribute ?? ''
  const actual = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : null
  const said = actual === null ? 'is missing' : `is ${actual}`
  return missing(mapping, 'ATTRIBUTE_DIFFERS', `${name} ${said}, but must be ${mapping.value}`, {
    directoryUserId,
  })
}

// Mappings that give a reason which merely does not count now are covered by hiddenReasons. Mappings of a directory
// whose organization is unknown apply only to its own users.
const MAPPINGS = `
  select x.id, x.match, x.value, x.attribute,
         exists (select from directory_user u where u.account_id = a.id and u.state <> 'UNSEEN') as known,
         coalesce((
           select json_agg(u.id order by u.id) from directory_user u
           where u.account_id = a.id and u.state <> 'UNSEEN'
             and (x.organization_id is null or x.organization_id = u.organization_id)
             and (x.directory_id is null or x.directory_id = u.directory_id)), '[]') as identities,
         coalesce((
           select json_agg(f) from (
             select g.id, g.name, g.state = 'ACTIVE' as living from role_mapping_group mg
             join directory_group g on g.id = mg.group_id
             where mg.mapping_id = x.id and g.state <> 'UNSEEN'
               and g.directory_id in (select u.directory_id from directory_user u where u.account_id = a.id)
               and (g.state = 'ACTIVE' or exists (
                 select from membership m join directory_user u on u.id = m.user_id
                 where m.group_id = g.id and m.present and u.account_id = a.id))
             order by g.state, g.id limit $3
           ) f), '[]') as groups
  from account a
  join role_mapping_role mr on mr.role_id = $2
  join role_mapping x on x.id = mr.mapping_id
  where a.id = $1 and (x.organization_id = a.organization_id or (x.organization_id is null and (
      x.directory_id is null or x.directory_id in (select u.directory_id from directory_user u where u.account_id = a.id))))
    and not exists (select from role_grant g where g.account_id = a.id and g.role_id = $2 and g.mapping_id = x.id)
  order by x.id limit $3`
