import type { Administrator } from './administrator.ts'
import type { Explanation } from './explanation.ts'
import type { PlanRequest, RollbackRequest } from './mapping-plans.ts'
import type { MappingInput, MappingUpdate } from './role-mappings.ts'

export interface NewRole {
  readonly slug: string
  readonly name: string
  readonly description: string | null
  readonly organizationId: string | null
  readonly protected: boolean
}

/** Omitted fields keep their value. */
export interface RoleUpdate {
  readonly id: string
  readonly slug?: string | undefined
  readonly name?: string | undefined
  readonly description?: string | null | undefined
  readonly protected?: boolean | undefined
}

/** Something to delete; `confirm` says that the caller knows what that removes. */
export interface Deletion {
  readonly id: string
  readonly confirm: boolean
}

/** A role granted to an account by hand, or revoked. */
export interface DirectGrant {
  readonly accountId: string
  /** Its id or slug. */
  readonly role: string
  readonly reason: string | null
}

export interface Granted {
  readonly accountId: string
  readonly roleId: string
}

/**
 * Manual operations on roles, mappings and grants. Each throws Refusal if it is not done, and resolves once all
 * accounts reflect it.
 */
export interface RoleOperations {
  /** Returns the role's id. */
  createRole(by: Administrator, role: NewRole): Promise<string>
  updateRole(by: Administrator, update: RoleUpdate): Promise<void>
  deleteRole(by: Administrator, deletion: Deletion): Promise<void>
  /** Returns the mapping's id. */
  createMapping(by: Administrator, mapping: MappingInput): Promise<string>
  updateMapping(by: Administrator, update: MappingUpdate): Promise<void>
  deleteMapping(by: Administrator, deletion: Deletion): Promise<void>
  grantRole(by: Administrator, grant: DirectGrant): Promise<Granted>
  revokeRole(by: Administrator, grant: DirectGrant): Promise<Granted>
  /** Returns the plan's id. */
  planMappings(by: Administrator, request: PlanRequest | RollbackRequest): Promise<string>
  applyPlan(by: Administrator, planId: string, hash: string): Promise<void>
  /** Returns the id of the plan that was applied for it. */
  rollBack(by: Administrator, request: RollbackRequest, hash: string | null): Promise<string>
  /**
   * For an account that the caller may see, and a role by its id or slug; null if the account cannot have such a role.
   */
  explain(accountId: string, role: string): Promise<Explanation | null>
}
