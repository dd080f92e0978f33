import type { MappingChange, MappingInput, MappingUpdate } from './role-mappings.ts'

/** Changes whose effect somebody wants to know before they are made. */
export interface PlanRequest {
  readonly create: readonly MappingInput[]
  readonly update: readonly MappingUpdate[]
  readonly delete: readonly string[]
}

/** Back to the mappings as they were. */
export interface RollbackRequest {
  /** The place in the change log, up to which the changes stay. */
  readonly position: number
  /** Only those of this organization. */
  readonly organizationId: string | null
}

/** What a plan says of one of its changes. */
export interface ChangeFinding {
  readonly change: MappingChange
  /** Groups, or users for a mapping by attribute, that the mapping matches afterwards. */
  readonly matches: number
}

/** What does not go together in a plan. */
export interface PlanConflict {
  readonly message: string
  /** Whether the plan can be applied all the same. */
  readonly blocking: boolean
  readonly mappingIds: readonly string[]
}

/** A protected role that nobody of an organization would have any more. */
export interface RoleLoss {
  readonly roleId: string
  readonly organizationId: string | null
  /** How many accounts have it now. */
  readonly holders: number
}

/** What a plan says beyond the differences. */
export interface Findings {
  readonly changes: readonly ChangeFinding[]
  readonly conflicts: readonly PlanConflict[]
  readonly losses: readonly RoleLoss[]
  /** Accounts that would have no role any more. */
  readonly emptied: number
}
