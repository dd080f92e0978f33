import type { MappingChange, MappingInput, MappingUpdate } from './role-mappings.ts'

/** Changes whose effect is to be known before they are made. */
export interface PlanRequest {
  readonly create: readonly MappingInput[]
  readonly update: readonly MappingUpdate[]
  readonly delete: readonly string[]
}

/** Restores the mappings to an earlier state. */
export interface RollbackRequest {
  /** The position in the change log up to which changes are kept. */
  readonly position: number
  /** Only those of this organization. */
  readonly organizationId: string | null
}

/** What a plan says about one of its changes. */
export interface ChangeFinding {
  readonly change: MappingChange
  /** How many groups, or users for a mapping by attribute, the mapping matches afterwards. */
  readonly matches: number
}

/** A conflict in a plan. */
export interface PlanConflict {
  readonly message: string
  /** Whether it prevents the plan from being applied. */
  readonly blocking: boolean
  readonly mappingIds: readonly string[]
}

/** A protected role that no account of an organization would have any more. */
export interface RoleLoss {
  readonly roleId: string
  readonly organizationId: string | null
  /** How many accounts have it now. */
  readonly holders: number
}

/** What a plan says besides the differences. */
export interface Findings {
  readonly changes: readonly ChangeFinding[]
  readonly conflicts: readonly PlanConflict[]
  readonly losses: readonly RoleLoss[]
  /** Accounts that would have no role any more. */
  readonly emptied: number
}
