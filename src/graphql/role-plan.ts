import type { ChangeFinding, Findings, PlanConflict, RoleLoss } from '../directory/mapping-plans.ts'
import type { RoleMappingPlan as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { RoleMappingState } from './role-mapping-state.ts'
import { Role } from './role.ts'

const MOST_SHOWN = 100

const PlannedRoleMapping = builder.objectRef<ChangeFinding>('PlannedRoleMapping').implement({
  description: 'One change of a plan.',
  fields: (t) => ({
    before: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The mapping as it is; null where it would be made.',
      resolve: ({ change }) => change.before,
    }),
    after: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The mapping as it would be; null where it would be deleted.',
      resolve: ({ change }) => change.after,
    }),
    matches: t.exposeInt('matches', {
      description: 'How many groups it would match, or, for a mapping by attribute, how many users.',
    }),
  }),
})

const RoleMappingConflict = builder.objectRef<PlanConflict>('RoleMappingConflict').implement({
  description: 'Something in a plan that does not go together.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What it is, for people.' }),
    blocking: t.exposeBoolean('blocking', { description: 'Whether the plan cannot be applied because of it.' }),
    mappingIds: t.idList({
      description: 'The mappings that are concerned.',
      resolve: ({ mappingIds }) => [...mappingIds],
    }),
  }),
})

const ProtectedRoleLoss = builder.objectRef<RoleLoss>('ProtectedRoleLoss').implement({
  description: 'A protected role that nobody in an organization would have any more.',
  fields: (t) => ({
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role; null once it was deleted.',
      resolve: ({ roleId }, _args, { loaders }) => loaders.role.load(roleId),
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization; null for accounts of none.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    holderCount: t.int({
      description: 'How many accounts of it have the role now.',
      resolve: ({ holders }) => holders,
    }),
  }),
})

const findingsOf = ({ findings }: Pick<Model, 'findings'>) => findings as unknown as Findings

export const RoleMappingPlan = builder.prismaObject('RoleMappingPlan', {
  description:
    'What a set of changes to role mappings would do to each account, as of the moment at which it was worked out. Kept for an ' +
    'hour. Applied only while everything that it was worked out from is as it was then.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `role_mapping_plan_…`.' }),
    hash: t.exposeString('hash', {
      description:
        'Stands for the changes and everything that they were worked out from. The same question has the same hash while nothing has changed.',
    }),
    accountCount: t.exposeInt('accounts', {
      description: 'How many accounts were looked at: all that the mappings concern.',
    }),
    granted: t.exposeInt('granted', { description: 'How many roles would be gained, over all accounts.' }),
    revoked: t.exposeInt('revoked', { description: 'How many roles would be lost, over all accounts.' }),
    unchanged: t.exposeInt('unchanged', { description: 'How many roles the accounts that were looked at would keep.' }),
    changes: t.field({
      type: [PlannedRoleMapping],
      description: `The changes, the first ${MOST_SHOWN} of them.`,
      complexity: { field: 1, multiplier: 10 },
      resolve: (plan) => findingsOf(plan).changes.slice(0, MOST_SHOWN),
    }),
    unmatched: t.field({
      type: [PlannedRoleMapping],
      description: `Those of the changes that make a mapping which matches nothing, the first ${MOST_SHOWN} of them.`,
      complexity: { field: 1, multiplier: 3 },
      resolve: (plan) =>
        findingsOf(plan).changes.filter(({ change, matches }) => change.after !== null && matches === 0).slice(0, MOST_SHOWN), // prettier-ignore
    }),
    conflicts: t.field({
      type: [RoleMappingConflict],
      description: `What does not go together, the first ${MOST_SHOWN}.`,
      resolve: (plan) => findingsOf(plan).conflicts.slice(0, MOST_SHOWN),
    }),
    lastRoleLossCount: t.int({
      description: 'How many accounts would have no role any more. `differences` shows them.',
      resolve: (plan) => findingsOf(plan).emptied,
    }),
    protectedRoleLosses: t.field({
      type: [ProtectedRoleLoss],
      description: `Protected roles that nobody in some organization would have any more, the first ${MOST_SHOWN}. \`differences\` shows who loses them.`,
      complexity: { field: 1, multiplier: 3 },
      resolve: (plan) => [...findingsOf(plan).losses],
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who asked for it: the id of their API key or user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was worked out.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be applied.' }),
    appliedAt: t.expose('appliedAt', { type: 'DateTime', nullable: true, description: 'When it was applied.' }),
  }),
})

registerNode({
  prefix: 'role_mapping_plan_',
  load: async (id, { loaders }) => {
    const plan = await loaders.roles.plan.load(id)
    return plan && RoleMappingPlan.addBrand(plan)
  },
})
