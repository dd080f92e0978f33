import type { RoleMappingPlan as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { CreateRoleMappingInput, UpdateRoleMappingInput } from './role-mapping-actions.ts'
import { RoleMappingPlan } from './role-plan.ts'
import './role-difference.ts'

/** The cost of computing a plan, which examines every affected account. */
const PLAN_COST = 5_000

const PlanRoleMappingsInput = builder.inputType('PlanRoleMappingsInput', {
  description:
    'Changes to role mappings, 1 to 100 in total; or, instead of changes, a moment whose mappings to restore.',
  fields: (t) => ({
    create: t.field({ type: [CreateRoleMappingInput], description: 'Mappings to create.' }),
    update: t.field({ type: [UpdateRoleMappingInput], description: 'Mappings to change.' }),
    delete: t.idList({ description: 'Ids of mappings to delete.' }),
    rollbackTo: t.string({
      description:
        'The cursor of a change: the mappings as they were after it and after the changes made together with it.',
    }),
    organizationId: t.id({ description: 'With `rollbackTo`: only the mappings of this organization.' }),
  }),
})

const ApplyRoleMappingPlanInput = builder.inputType('ApplyRoleMappingPlanInput', {
  description: 'The plan to apply.',
  fields: (t) => ({
    planId: t.id({ required: true, description: 'Its id: `role_mapping_plan_…`.' }),
    hash: t.string({ required: true, description: 'Its hash, which confirms that this is the plan you reviewed.' }),
  }),
})

const RollbackRoleMappingsInput = builder.inputType('RollbackRoleMappingsInput', {
  description: 'A moment whose role mappings to restore.',
  fields: (t) => ({
    to: t.string({
      required: true,
      description:
        'The cursor of a change: the mappings as they were after it and after the changes made together with it.',
    }),
    organizationId: t.id({ description: 'Only the mappings of this organization.' }),
    hash: t.string({
      description: 'The hash of a plan made with `rollbackTo`: nothing is done if a different plan would be applied.',
    }),
  }),
})

async function positionOf({ cursors, loaders }: Context, field: string, cursor: string): Promise<number> {
  const place = cursors.open(cursor)
  if (place === null) throw new ValidationError({ path: ['input', field], message: 'is not the cursor of a change' })
  if (!(await loaders.isOfThisLog.load(place)))
    throw new ValidationError({ path: ['input', field], message: 'is of a change that the database no longer has' })
  return place.position
}

async function requestOf(context: Context, input: typeof PlanRoleMappingsInput.$inferInput) {
  const { create, update, delete: gone, rollbackTo, organizationId = null } = input
  const changes = { create: create ?? [], update: update ?? [], delete: gone ?? [] }
  if (rollbackTo == null) return changes
  if (create != null || update != null || gone != null)
    throw new ValidationError({ path: ['input', 'rollbackTo'], message: 'must not be given together with changes' })
  return { position: await positionOf(context, 'rollbackTo', rollbackTo), organizationId }
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
      'Computes the effect of changes to role mappings without making them. It blocks nothing. Needs the scope ' +
      '`roles:write`.',
    errors: { types, union: { name: 'PlanRoleMappingsResult', description: 'The plan, or why there is none.' } },
    args: { input: t.arg({ type: PlanRoleMappingsInput, required: true, description: 'The changes.' }) },
    complexity: PLAN_COST,
    resolve: async (_root, { input }, context) => {
      const by = administratorOf(context, 'roles:write')
      const request = await requestOf(context, input)
      return thePlan(context, await act(context, ({ roles }) => roles.planMappings(by, request)))
    },
  }),
)

builder.mutationFields((t) => ({
  applyRoleMappingPlan: t.field({
    type: RoleMappingPlan,
    description:
      'Makes the changes of a plan, all or none, provided nothing that it was computed from has changed. Up to 500 ' +
      'accounts change in the same transaction; if there are more, they follow in batches before the response. ' +
      'Needs the scope `roles:write`.',
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
      'Restores the role mappings as they were after a change, through a plan that shows the effect. ' +
      '`planRoleMappings(input: { rollbackTo: … })` shows it in advance. Needs the scope `roles:write`.',
    errors: {
      types,
      union: { name: 'RollbackRoleMappingsResult', description: 'The plan that was applied, or why nothing was done.' },
    },
    args: { input: t.arg({ type: RollbackRoleMappingsInput, required: true, description: 'The moment to restore.' }) },
    resolve: async (_root, { input: { to, organizationId = null, hash = null } }, context) => {
      const by = administratorOf(context, 'roles:write')
      const request = { position: await positionOf(context, 'to', to), organizationId }
      return thePlan(context, await act(context, ({ roles }) => roles.rollBack(by, request, hash)))
    },
  }),
}))
