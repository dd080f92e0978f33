import type { Viewer } from '../auth/viewer.ts'
import type { Role as RoleModel, RoleMapping as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import type { Context } from './context.ts'
import { DirectoryGroup } from './directory-group.ts'
import { Directory } from './directory.ts'
import { oneOf, type Condition, type Listing, type Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { LARGEST_PAGE, pageCost } from './lists/page-size.ts'
import { Role, roleColumns } from './role.ts'
import { MAX_GROUPS } from './loading/role-loaders.ts'

export const GroupMatchKind = builder.enumType('GroupMatchKind', {
  description: 'What a role mapping matches against.',
  values: {
    GROUP_ID: {
      description: "The group with this id, even if it is renamed. The mapping belongs to the group's directory.",
    },
    NAME_EQUALS: { description: 'Groups with exactly this name, case-sensitive.' },
    NAME_PREFIX: { description: 'Groups whose name starts with this, case-sensitive.' },
    NAME_REGEX: {
      description:
        'Groups whose name contains a match of this RE2 pattern; `^` and `$` anchor it, `(?i)` ignores case. Names ' +
        'of more than 500 characters never match. A pattern may take 300 steps per letter, as counted by RE2, and ' +
        'those of an organization 1,000 in total.',
    },
    ATTRIBUTE_EQUALS: { description: 'Users whose `attribute` is exactly this, regardless of their groups.' },
  } as const,
})

const ROLES_OF: Listing = {
  from: 'role_mapping_role mr join role x on x.id = mr.role_id',
  columns: roleColumns,
  parent: 'mr.mapping_id',
  always: 'x.deleted_at is null',
}
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

/** Reads the first hundred entries, by id, of a list that is usually short. */
async function firstOf<Row>(
  { loaders }: Context,
  listing: Listing,
  parentId: string,
  conditions: readonly Condition[] = [],
): Promise<Row[]> {
  const page = { conditions, order: BY_ID, after: null, before: null, limit: LARGEST_PAGE, backwards: false }
  const [rows] = await loaders.pages<Row>(listing, page)([parentId])
  return rows!
}

/** The former roles of a deleted mapping. */
interface Deleted {
  readonly formerRoles?: readonly RoleModel[]
}

export const RoleMapping = builder.prismaObject('RoleMapping', {
  description:
    'A rule that grants roles to members of the groups that it matches, or to users with an attribute. It applies ' +
    'to current and future members.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `role_mapping_…`.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization it applies to; null for all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The one directory it applies to; null for all directories of its organization.',
      resolve: ({ directoryId }, _args, { loaders }) =>
        directoryId === null ? null : loaders.directory.load(directoryId),
    }),
    match: t.expose('match', { type: GroupMatchKind, description: 'What it matches against.' }),
    value: t.exposeString('value', {
      description: "What it matches: a group's id, a name, a prefix, a pattern, or an attribute's value.",
    }),
    attribute: t.exposeString('attribute', {
      nullable: true,
      description: 'The attribute it compares, such as `department`; null except for ATTRIBUTE_EQUALS.',
    }),
    roles: t.field({
      type: [Role],
      description: 'The roles it grants.',
      complexity: { field: 1, multiplier: 3 },
      resolve: (mapping, _args, context) => {
        const { formerRoles } = mapping as Deleted
        return formerRoles === undefined ? rolesOfMapping(context, mapping.id) : [...formerRoles]
      },
    }),
    matchedGroups: t.field({
      type: [DirectoryGroup],
      description: `The groups it matches now, by id; the first ${MAX_GROUPS} you can see.`,
      complexity: { field: 1, multiplier: 10 },
      resolve: async ({ id }, _args, { loaders }) => {
        const ids = await loaders.roles.matchedGroups.load(id)
        const groups = await Promise.all(ids.map((groupId) => loaders.directoryGroup.load(groupId)))
        return groups.filter((group) => group !== null)
      },
    }),
    matchedGroupCount: t.int({
      description: 'How many groups you can see that it matches now.',
      resolve: ({ id }, _args, { loaders }) => loaders.roles.matchedGroupCounts.load(id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

/** Returns the roles of a mapping. */
export const rolesOfMapping = (context: Context, id: string) => firstOf<RoleModel>(context, ROLES_OF, id)

registerNode({
  prefix: 'role_mapping_',
  load: async (id, { loaders }) => {
    const mapping = await loaders.roles.mapping.load(id)
    return mapping && RoleMapping.addBrand(mapping)
  },
})

const RoleMappingConnection = connectionType('RoleMapping', RoleMapping)

const RoleMappingFilter = builder.inputType('RoleMappingFilter', {
  description: 'Filters role mappings. Omitted fields do not restrict.',
  fields: (t) => ({
    organizationId: t.id({ description: 'Of this organization, excluding those that apply to all organizations.' }),
    directoryId: t.id({ description: 'Of this directory only.' }),
    match: t.field({ type: [GroupMatchKind], description: 'That match against one of these.' }),
    roleId: t.id({ description: 'That grant this role.' }),
    groupId: t.id({ description: 'That match this group now.' }),
  }),
})

const mappingColumns = `
  x.id, x.organization_id as "organizationId", x.directory_id as "directoryId", x.match, x.value, x.attribute,
  x.created_at as "createdAt", x.updated_at as "updatedAt"`
const LISTING: Listing = { from: 'role_mapping x', columns: mappingColumns, parent: null }
const OF_ROLE: Listing = {
  from: 'role_mapping_role mr join role_mapping x on x.id = mr.mapping_id',
  columns: mappingColumns,
  parent: 'mr.role_id',
}
const OF_GROUP: Listing = {
  from: 'role_mapping_group mg join role_mapping x on x.id = mg.mapping_id',
  columns: mappingColumns,
  parent: 'mg.group_id',
}

/** Mappings that a viewer may see: those for all organizations, since they apply to theirs too, and their own. */
function seenMappings({ organizationId }: Viewer): Condition[] {
  if (organizationId === null) return []
  return [
    {
      sql: '(x.organization_id = ? or (x.organization_id is null and x.directory_id is null))',
      value: organizationId,
    },
  ]
}

function conditionsOf(filter: typeof RoleMappingFilter.$inferInput | null | undefined): Condition[] {
  const { organizationId, directoryId, match, roleId, groupId } = filter ?? {}
  const conditions: Condition[] = []
  if (organizationId != null) conditions.push({ sql: 'x.organization_id = ?', value: organizationId })
  if (directoryId != null) conditions.push({ sql: 'x.directory_id = ?', value: directoryId })
  if (match != null) conditions.push(oneOf('x.match', '"GroupMatchKind"', match))
  if (roleId != null)
    conditions.push({ sql: 'x.id in (select mapping_id from role_mapping_role where role_id = ?)', value: roleId })
  if (groupId != null)
    conditions.push({ sql: 'x.id in (select mapping_id from role_mapping_group where group_id = ?)', value: groupId })
  return conditions
}

builder.objectField(Role, 'mappings', (t) =>
  t.field({
    type: [RoleMapping],
    description: `The mappings that grant it, by id; the first ${LARGEST_PAGE} you can see. \`roleMappings\` lists them all.`,
    complexity: { field: 1, multiplier: 10 },
    resolve: ({ id }, _args, context) => firstOf<Model>(context, OF_ROLE, id, seenMappings(context.viewer)),
  }),
)

builder.objectField(DirectoryGroup, 'roleMappings', (t) =>
  t.field({
    type: [RoleMapping],
    description: `The mappings that match it now, by id; the first ${LARGEST_PAGE}.`,
    complexity: { field: 1, multiplier: 3 },
    resolve: ({ id }, _args, context) => firstOf<Model>(context, OF_GROUP, id, seenMappings(context.viewer)),
  }),
)

builder.queryField('roleMappings', (t) =>
  t.field({
    type: RoleMappingConnection,
    description: 'The role mappings you can see, in order of creation.',
    args: { ...pageArguments(t.arg), filter: t.arg({ type: RoleMappingFilter, description: 'Filters the result.' }) },
    complexity: pageCost,
    resolve: (_root, { filter, ...args }, context) => {
      const conditions = [...conditionsOf(filter), ...seenMappings(context.viewer)]
      return readConnection<Model>(context, { listing: LISTING, conditions, order: BY_ID, parentId: null, args })
    },
  }),
)
