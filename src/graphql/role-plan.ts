import type { RoleMappingPlan as Model } from '../generated/prisma/client.ts'
import type { ChangeFinding, Findings, PlanConflict, RoleLoss } from '../operations/mapping-plans.ts'
import { builder } from './builder.ts'
import { Node, registerNode } from './node.ts'
import { Organization } from './organization.ts'
import { RoleMappingState } from './role-mapping-state.ts'
import { Role } from './role.ts'

const MAX_SHOWN = 100

const PlannedRoleMapping = builder.objectRef<ChangeFinding>('PlannedRoleMapping').implement({
  description: 'One change of a plan.',
  fields: (t) => ({
    before: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The current mapping; null if it would be created.',
      resolve: ({ change }) => change.before,
    }),
    after: t.field({
      type: RoleMappingState,
      nullable: true,
      description: 'The mapping as it would be; null if it would be deleted.',
      resolve: ({ change }) => change.after,
    }),
    matches: t.exposeInt('matches', {
      description: 'How many groups it would match, or users for a mapping by attribute.',
    }),
  }),
})

const RoleMappingConflict = builder.objectRef<PlanConflict>('RoleMappingConflict').implement({
  description: 'A conflict in a plan.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'A human-readable explanation.' }),
    blocking: t.exposeBoolean('blocking', { description: 'Whether it prevents the plan from being applied.' }),
    mappingIds: t.idList({
      description: 'The mappings concerned.',
      resolve: ({ mappingIds }) => [...mappingIds],
    }),
  }),
})

const ProtectedRoleLoss = builder.objectRef<RoleLoss>('ProtectedRoleLoss').implement({
  description: 'A protected role that no account of an organization would have any longer.',
  fields: (t) => ({
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role; null once deleted.',
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
      description: 'How many of its accounts have the role now.',
      resolve: ({ holders }) => holders,
    }),
  }),
})

const findingsOf = ({ findings }: Pick<Model, 'findings'>) => findings as unknown as Findings

export const RoleMappingPlan = builder.prismaObject('RoleMappingPlan', {
  description:
    'The effect of a set of changes to role mappings on each account, as of the moment it was computed. Kept for ' +
    'an hour. It can be applied only while nothing that it was computed from has changed.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `role_mapping_plan_…`.' }),
    hash: t.exposeString('hash', {
      description:
        'Identifies the changes and everything they were computed from. The same request yields the same hash ' +
        'while nothing has changed.',
    }),
    accountCount: t.exposeInt('accounts', {
      description: 'How many accounts were examined: all that the mappings affect.',
    }),
    granted: t.exposeInt('granted', { description: 'How many roles would be gained, across all accounts.' }),
    revoked: t.exposeInt('revoked', { description: 'How many roles would be lost, across all accounts.' }),
    unchanged: t.exposeInt('unchanged', { description: 'How many roles the examined accounts would keep.' }),
    changes: t.field({
      type: [PlannedRoleMapping],
      description: `The changes, at most ${MAX_SHOWN}.`,
      complexity: { field: 1, multiplier: 10 },
      resolve: (plan) => findingsOf(plan).changes.slice(0, MAX_SHOWN),
    }),
    unmatched: t.field({
      type: [PlannedRoleMapping],
      description: `The changes whose resulting mapping matches nothing, at most ${MAX_SHOWN}.`,
      complexity: { field: 1, multiplier: 3 },
      resolve: (plan) => {
        const { changes } = findingsOf(plan)
        const unmatched = changes.filter(({ change, matches }) => change.after !== null && matches === 0)
        return unmatched.slice(0, MAX_SHOWN)
      },
    }),
    conflicts: t.field({
      type: [RoleMappingConflict],
      description: `The conflicts, at most ${MAX_SHOWN}.`,
      resolve: (plan) => findingsOf(plan).conflicts.slice(0, MAX_SHOWN),
    }),
    lastRoleLossCount: t.int({
      description: 'How many accounts would have no role left. `differences` shows them.',
      resolve: (plan) => findingsOf(plan).emptied,
    }),
    protectedRoleLosses: t.field({
      type: [ProtectedRoleLoss],
      description:
        `Protected roles that no account of some organization would have any longer, at most ${MAX_SHOWN}. ` +
        '`differences` shows who loses them.',
      complexity: { field: 1, multiplier: 3 },
      resolve: (plan) => [...findingsOf(plan).losses],
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who requested it: the id of their API key or user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was computed.' }),
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
