import type { Role as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import type { Condition, Listing, Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'

/** How a role is named in relation to an account: see roleOfAccount. */
export const ROLE_OF_ACCOUNT =
  "The role, by slug or id. If a role of all organizations and one of the account's own organization share the " +
  "slug, the one granted by hand is chosen, else the one it has, else its organization's."

export const Role = builder.prismaObject('Role', {
  description:
    'Something an account may be allowed to do in the application. An account has it while there is a reason for it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `role_…`.' }),
    slug: t.exposeString('slug', { description: "The application's own name for it, such as `billing-admin`." }),
    name: t.exposeString('name', { description: 'Its display name.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization that has it; null for all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    protected: t.exposeBoolean('protected', {
      description: 'Whether a plan must report that its last holder would lose it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

registerNode({
  prefix: 'role_',
  load: async (id, { loaders }) => {
    const role = await loaders.role.load(id)
    return role && Role.addBrand(role)
  },
})

const RoleConnection = connectionType('Role', Role)

export const roleColumns = `
  x.id, x.slug, x.name, x.description, x.organization_id as "organizationId", x.protected, x.created_at as "createdAt",
  x.updated_at as "updatedAt"`
const LISTING: Listing = { from: 'role x', columns: roleColumns, parent: null }
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

/** Roles that a viewer may see: those of all organizations, and those of their own. */
function seenRoles(organizationId: string | null): Condition[] {
  const living = { sql: 'x.deleted_at is null' }
  if (organizationId === null) return [living]
  return [living, { sql: '(x.organization_id is null or x.organization_id = ?)', value: organizationId }]
}

builder.queryFields((t) => ({
  role: t.field({
    type: Role,
    nullable: true,
    description: 'A role by slug; null if there is none you can see.',
    args: {
      slug: t.arg.string({ required: true, description: "The application's own name for it." }),
      organizationId: t.arg.id({
        description:
          "Prefers this organization's own role with the slug, if it has one. Defaults to your organization.",
      }),
    },
    resolve: (_root, { slug, organizationId }, { db, viewer }) => {
      const asked = viewer.organizationId ?? organizationId ?? null
      // An organization's own role takes precedence over a shared one.
      const owners = asked === null ? [{ organizationId: null }] : [{ organizationId: asked }, { organizationId: null }]
      return db.prisma.role.findFirst({
        where: { slug, deletedAt: null, OR: owners },
        orderBy: { organizationId: { sort: 'asc', nulls: 'last' } },
      })
    },
  }),
  roles: t.field({
    type: RoleConnection,
    description: 'The roles you can see, in order of creation.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_root, args, context) => {
      const conditions = seenRoles(context.viewer.organizationId)
      return readConnection<Model>(context, { listing: LISTING, conditions, order: BY_ID, parentId: null, args })
    },
  }),
}))
