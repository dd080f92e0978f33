// Which reasons for roles there must be, specified again in another way: everything that may give one is read, and each
// pair is examined by itself. Shares nothing with src.
import type { Queryable } from '../../src/db/database.ts'

interface World {
  readonly accounts: { id: string; state: string; organizationId: string | null }[]
  readonly users: {
    id: string
    accountId: string | null
    directoryId: string
    organizationId: string | null
    state: string
    idpRoles: string[]
    attributes: Record<string, unknown>
  }[]
  readonly groups: { id: string; name: string; directoryId: string; organizationId: string | null; state: string }[]
  readonly members: { userId: string; groupId: string }[]
  readonly roles: { id: string; slug: string; organizationId: string | null }[]
  readonly mappings: {
    id: string
    organizationId: string | null
    directoryId: string | null
    match: string
    value: string
    attribute: string | null
    roleIds: string[]
  }[]
}

/**
 * Returns the reasons that count, by `<account> <role>`. `direct` are those granted by hand, as the test knows them.
 */
export async function wantedReasons(db: Queryable, direct: readonly string[]): Promise<Record<string, string[]>> {
  const world = await read(db)
  const reasons: [string, string][] = []
  for (const account of world.accounts.filter(({ state }) => state === 'ACTIVE')) {
    for (const role of world.roles) {
      const pair = `${account.id} ${role.id}`
      const ownOrForAll = role.organizationId === null || role.organizationId === account.organizationId
      if (ownOrForAll && direct.includes(pair)) reasons.push([pair, 'DIRECT'])
    }
    for (const user of world.users.filter((one) => one.accountId === account.id && one.state === 'ACTIVE')) {
      for (const role of world.roles) {
        const told = user.idpRoles.includes(role.slug)
        if (told && (role.organizationId === null || role.organizationId === user.organizationId))
          reasons.push([`${account.id} ${role.id}`, `IDP ${user.id}`])
      }
      for (const mapping of world.mappings)
        for (const by of matches(world, mapping, user))
          for (const roleId of mapping.roleIds)
            reasons.push([`${account.id} ${roleId}`, `MAPPING ${mapping.id} ${by} ${user.id}`])
    }
  }
  return table(reasons)
}

function matches(world: World, mapping: World['mappings'][number], user: World['users'][number]): string[] {
  const holds = (place: { directoryId: string; organizationId: string | null }) =>
    [null, place.organizationId].includes(mapping.organizationId) && [null, place.directoryId].includes(mapping.directoryId) // oxfmt-ignore
  if (mapping.match === 'ATTRIBUTE_EQUALS') {
    const name = mapping.attribute === 'department' ? 'department_name' : mapping.attribute!
    const value = user.attributes[name]
    const text = typeof value === 'string' || typeof value === 'number' ? `${value}` : null
    return holds(user) && text === mapping.value ? ['-'] : []
  }
  const groups = world.groups.filter(
    ({ id, state }) => state === 'ACTIVE' && world.members.some((one) => one.groupId === id && one.userId === user.id),
  )
  return groups.filter((group) => holds(group) && looksLike(mapping, group)).map(({ id }) => id)
}

function looksLike({ match, value }: World['mappings'][number], { id, name }: { id: string; name: string }): boolean {
  if (match === 'GROUP_ID') return id === value
  if (match === 'NAME_EQUALS') return name === value
  if (match === 'NAME_PREFIX') return name.slice(0, value.length) === value
  const [, insensitive, pattern] = /^(\(\?i\))?(.*)$/s.exec(value)!
  return new RegExp(pattern!, insensitive === undefined ? '' : 'i').test(name)
}

/** Returns the same as stored in the database. */
export async function storedReasons(db: Queryable): Promise<Record<string, string[]>> {
  const { rows } = await db.query<{ pair: string; reason: string }>(`
    select account_id || ' ' || role_id as pair,
           case kind when 'MAPPING' then concat_ws(' ', kind, mapping_id, coalesce(nullif(group_id, ''), '-'), directory_user_id)
                     when 'IDP' then concat_ws(' ', kind, directory_user_id) else kind::text end as reason
    from role_grant where visible`)
  return table(rows.map(({ pair, reason }) => [pair, reason]))
}

/**
 * Returns who has which role, from the change log alone. Throws if one is granted that is held, or revoked that is not.
 */
export async function heldByLog(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ pair: string; kind: string; position: number }>(`
    select account_id || ' ' || role_id as pair, kind, position from change
    where kind in ('ROLE_GRANTED', 'ROLE_REVOKED') order by position`)
  const held = new Set<string>()
  for (const { pair, kind, position } of rows) {
    const fits = kind === 'ROLE_GRANTED' ? !held.has(pair) : held.delete(pair)
    if (!fits) throw new Error(`${kind} of ${pair} at ${position} cannot follow what was told before`)
    if (kind === 'ROLE_GRANTED') held.add(pair)
  }
  return [...held].sort()
}

function table(reasons: readonly (readonly [string, string])[]): Record<string, string[]> {
  const grouped = Map.groupBy(reasons, ([pair]) => pair)
  return Object.fromEntries(
    [...grouped]
      .map(([pair, of]) => [pair, of.map(([, reason]) => reason).sort()] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function read(db: Queryable): Promise<World> {
  const list = async (text: string) => (await db.query(text)).rows as never
  return {
    accounts: await list('select id, state, organization_id as "organizationId" from account'),
    users: await list(`
      select u.id, u.account_id as "accountId", u.directory_id as "directoryId", d.organization_id as "organizationId", u.state,
             u.idp_roles as "idpRoles", u.custom_attributes as attributes
      from directory_user u join directory d on d.id = u.directory_id`),
    groups: await list(`
      select g.id, g.name, g.directory_id as "directoryId", d.organization_id as "organizationId", g.state
      from directory_group g join directory d on d.id = g.directory_id`),
    members: await list('select user_id as "userId", group_id as "groupId" from membership where present'),
    roles: await list('select id, slug, organization_id as "organizationId" from role where deleted_at is null'),
    mappings: await list(`
      select id, organization_id as "organizationId", directory_id as "directoryId", match, value, attribute,
             array(select role_id from role_mapping_role where mapping_id = id) as "roleIds"
      from role_mapping`),
  }
}
