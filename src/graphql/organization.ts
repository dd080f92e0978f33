import type { Organization as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection } from './lists/connection.ts'
import { pageArguments } from './lists/page-arguments.ts'
import type { Condition, Listing, Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { pageCost } from './lists/page-size.ts'

export const Organization = builder.prismaObject('Organization', {
  description: 'A customer of your product: an organization in WorkOS.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "WorkOS's id: `org_…`." }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'Its name in WorkOS, fetched within a minute for a new organization and refreshed once a day.',
    }),
  }),
})

registerNode({
  prefix: 'org_',
  load: async (id, { loaders }) => {
    const organization = await loaders.organization.load(id)
    return organization && Organization.addBrand(organization)
  },
})

const OrganizationConnection = connectionType('Organization', Organization)

const LISTING: Listing = {
  from: 'organization x',
  columns: 'x.id, x.name, x.link_by_email as "linkByEmail", x.created_at as "createdAt", x.updated_at as "updatedAt"',
  parent: null,
}
const BY_ID: Order = { name: 'ID', column: 'x.id', type: 'text', descending: false, unique: true }

builder.queryFields((t) => ({
  organization: t.field({
    type: Organization,
    nullable: true,
    description: 'An organization by id; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: "WorkOS's id: `org_…`." }) },
    resolve: (_root, { id }, { loaders }) => loaders.organization.load(id),
  }),
  organizations: t.field({
    type: OrganizationConnection,
    description: 'Every organization you can see, by id, which is the order in which WorkOS created them.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_root, args, context) => {
      const own = context.viewer.organizationId
      const conditions: Condition[] = own === null ? [] : [{ sql: 'x.id = ?', value: own }]
      return readConnection<Model>(context, { listing: LISTING, conditions, order: BY_ID, parentId: null, args })
    },
  }),
}))
