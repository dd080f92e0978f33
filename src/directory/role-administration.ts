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

/** What is absent stays as it is. */
export interface RoleUpdate {
  readonly id: string
  readonly slug?: string | undefined
  readonly name?: string | undefined
  readonly description?: string | null | undefined
  readonly protected?: boolean | undefined
}

/** Something to be deleted; confirmed by who knows what that takes away. */
export interface Deletion {
  readonly id: string
  readonly confirm: boolean
}

/** A role that somebody gives to an account by hand, or takes back. */
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
 * What is done to roles, mappings and grants by hand. Each throws Refusal where it is not done, and gives its answer
 * when all accounts have what follows from it.
 */
export interface RoleOperations {
  /** Gives the role's id. */
  createRole(by: Administrator, role: NewRole): Promise<string>
  updateRole(by: Administrator, update: RoleUpdate): Promise<void>
  deleteRole(by: Administrator, deletion: Deletion): Promise<void>
  /** Gives the mapping's id. */
  createMapping(by: Administrator, mapping: MappingInput): Promise<string>
  updateMapping(by: Administrator, update: MappingUpdate): Promise<void>
  deleteMapping(by: Administrator, deletion: Deletion): Promise<void>
  grantRole(by: Administrator, grant: DirectGrant): Promise<Granted>
  revokeRole(by: Administrator, grant: DirectGrant): Promise<Granted>
  /** Gives the plan's id. */
  planMappings(by: Administrator, request: PlanRequest | RollbackRequest): Promise<string>
  applyPlan(by: Administrator, planId: string, hash: string): Promise<void>
  /** Gives the id of the plan that it was done by. */
  rollBack(by: Administrator, request: RollbackRequest, hash: string | null): Promise<string>
  /** Of an account that the asker may see, and a role by its id or slug; null where it can have no such role. */
  explain(accountId: string, role: string): Promise<Explanation | null>
}
