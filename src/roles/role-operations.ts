import type { RoleOperations } from '../operations/role-operations.ts'
import type { RoleContext } from './administer-roles.ts'
import { applyPlan, rollBack } from './apply-plan.ts'
import { createMapping } from './create-mapping.ts'
import { createRole } from './create-role.ts'
import { deleteMapping } from './delete-mapping.ts'
import { deleteRole } from './delete-role.ts'
import { explainAccess } from './explain-access.ts'
import { grantRole, revokeRole } from './grant-role.ts'
import { foreseePlan, planMappings } from './plans.ts'
import { updateMapping } from './update-mapping.ts'
import { updateRole } from './update-role.ts'

/** Everything that is done to roles, mappings and grants by hand. */
export function createRoleOperations(context: RoleContext): RoleOperations {
  const plan = inTurn(planMappings)
  return {
    createRole: (by, role) => createRole(context, by, role),
    updateRole: (by, update) => updateRole(context, by, update),
    deleteRole: (by, deletion) => deleteRole(context, by, deletion),
    createMapping: (by, mapping) => createMapping(context, by, mapping),
    updateMapping: (by, update) => updateMapping(context, by, update),
    deleteMapping: (by, deletion) => deleteMapping(context, by, deletion),
    grantRole: (by, grant) => grantRole(context, by, grant),
    revokeRole: (by, grant) => revokeRole(context, by, grant),
    planMappings: async (by, request) => {
      // Outside that turn: slow patterns do not make other planners wait.
      await foreseePlan(context, by, request)
      return plan(context, by, request)
    },
    applyPlan: (by, planId, hash) => applyPlan(context, by, planId, hash),
    rollBack: (by, request, hash) => rollBack(context, by, request, hash),
    explain: (accountId, role) => explainAccess(context.db.pool, accountId, role),
  }
}

/** One after the other: each holds a connection for as long as it takes, and there may be any number of callers. */
function inTurn<Args extends unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (...args) => {
    const next = last.then(() => work(...args))
    last = next.catch(() => {}) // its own caller gets the error
    return next
  }
}
