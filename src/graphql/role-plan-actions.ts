import type { RoleMappingPlan as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { CreateRoleMappingInput, UpdateRoleMappingInput } from './role-mapping-actions.ts'
import { RoleMappingPlan } from './role-plan.ts'
import './role-difference.ts'

/** What working one out costs: it looks at every account that is concerned. */
const PLAN_COST = 5_000

const PlanRoleMappingsInput = builder.inputType('PlanRoleMappingsInput', {
  description:
    'Changes to role mappings, 1 to 100 of them together; or a moment whose mappings are wanted back, and no changes.',
  fields: (t) => ({
    create: t.field({ type: [CreateRoleMappingInput], description: 'Mappings to be made.' }),
    update: t.field({ type: [UpdateRoleMappingInput], description: 'Mappings to be changed.' }),
    delete: t.idList({ description: 'Ids of mappings to be deleted.' }),
    rollbackTo: t.string({
      description:
        'The cursor of a change: the mappings as they were after it, and after what was done in one act with it.',
    }),
    organizationId: t.id({ description: 'With `rollbackTo`: only the mappings of this organization.' }),
  }),
})

const ApplyRoleMappingPlanInput = builder.inputType('ApplyRoleMappingPlanInput', {
  description: 'A plan to be applied.',
  fields: (t) => ({
    planId: t.id({ required: true, description: 'Its id: `role_mapping_plan_…`.' }),
    hash: t.string({ required: true, description: 'Its hash, which says that this is the plan you have looked at.' }),
  }),
})

const RollbackRoleMappingsInput = builder.inputType('RollbackRoleMappingsInput', {
  description: 'A moment whose role mappings are to be brought back.',
  fields: (t) => ({
    to: t.string({
      required: true,
      description:
        'The cursor of a change: the mappings as they were after it, and after what was done in one act with it.',
    }),
    organizationId: t.id({ description: 'Only the mappings of this organization.' }),
    hash: t.string({
      description: 'The hash of a plan made with `rollbackTo`: nothing is done where another one would be applied.',
    }),
  }),
})

function positionOf({ cursors }: Context, field: string, cursor: string): number {
  const position = cursors.open(cursor)
  if (position === null) throw new ValidationError({ path: ['input', field], message: 'is not the cursor of a change' })
  return position
}

function requestOf(context: Context, input: typeof PlanRoleMappingsInput.$inferInput) {
  const { create, update, delete: gone, rollbackTo, organizationId = null } = input
  const changes = { create: create ?? [], update: update ?? [], delete: gone ?? [] }
  if (rollbackTo == null) return changes
  if (create != null || update != null || gone != null)
    throw new ValidationError({ path: ['input', 'rollbackTo'], message: 'must not be given together with changes' })
  return { position: positionOf(context, 'rollbackTo', rollbackTo), organizationId }
}

async function thePlan({ loaders }: Context, id: string): Promise<Model> {
  const plan = await loaders.roles.plan.load(id)
  if (plan === null) throw new NotFoundError('role mapping plan', id)
  return plan
}

const types = [ValidationError, NotFoundError, ConflictError, ForbiddenError]

builder.queryField('planRoleMappings', (t) =>
  t.field({
    type: RoleMappingPlan,
    description:
      'Works out what changes to role mappings would do, without doing them. Nothing waits for it. Needs the scope `roles:write`.',
    errors: { types, union: { name: 'PlanRoleMappingsResult', description: 'The plan, or why there is none.' } },
    args: { input: t.arg({ type: PlanRoleMappingsInput, required: true, description: 'The changes.' }) },
    complexity: PLAN_COST,
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const request = requestOf(context, input)
      return thePlan(context, await act(context, ({ roles }) => roles.planMappings(by, request)))
    },
  }),
)

builder.mutationFields((t) => ({
  applyRoleMappingPlan: t.field({
    type: RoleMappingPlan,
    description:
      'Makes the changes of a plan, all or none, if everything that it was worked out from is still as it was. Where up to ' +
      '500 accounts differ, they change in the same transaction; more follow in batches, until this is answered. Needs the ' +
      'scope `roles:write`.',
    errors: {
      types,
      union: { name: 'ApplyRoleMappingPlanResult', description: 'The plan, or why it was not applied.' },
    },
    args: { input: t.arg({ type: ApplyRoleMappingPlanInput, required: true, description: 'The plan.' }) },
    resolve: async (_root, { input: { planId, hash } }, context) => {
      const by = administratorOf(context, 'roles:write')
      await act(context, ({ roles }) => roles.applyPlan(by, planId, hash))
      return thePlan(context, planId)
    },
  }),
  rollbackRoleMappings: t.field({
    type: RoleMappingPlan,
    description:
      'Brings back the role mappings as they were after some change, through a plan, which tells what that did. ' +
      '`planRoleMappings(input: { rollbackTo: … })` tells it before. Needs the scope `roles:write`.',
    errors: { types, union: { name: 'RollbackRoleMappingsResult', description: 'The plan by which it was done, or why it was not.' } }, // prettier-ignore
    args: { input: t.arg({ type: RollbackRoleMappingsInput, required: true, description: 'Which moment.' }) },
    resolve: async (_root, { input: { to, organizationId = null, hash = null } }, context) => {
      const by = administratorOf(context, 'roles:write')
      const request = { position: positionOf(context, 'to', to), organizationId }
      return thePlan(context, await act(context, ({ roles }) => roles.rollBack(by, request, hash)))
    },
  }),
}))
