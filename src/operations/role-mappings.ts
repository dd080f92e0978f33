export type GroupMatchKind = 'GROUP_ID' | 'NAME_EQUALS' | 'NAME_PREFIX' | 'NAME_REGEX' | 'ATTRIBUTE_EQUALS'

/** A role, by its id and by the name that people know. */
export interface NamedRole {
  readonly id: string
  readonly slug: string
}

/** A complete mapping at some moment: what the change log records and a rollback restores. */
export interface MappingState {
  readonly id: string
  /** Null: every organization. */
  readonly organizationId: string | null
  /** Null: every directory of the scope. */
  readonly directoryId: string | null
  readonly match: GroupMatchKind
  readonly value: string
  /** For ATTRIBUTE_EQUALS. */
  readonly attribute: string | null
  readonly roles: readonly NamedRole[]
  /** RFC 3339. */
  readonly createdAt: string
}

/** A change to something: without `before` it is created, without `after` deleted. */
export type ChangeOf<State extends object> =
  | { readonly before: null; readonly after: State }
  | { readonly before: State; readonly after: State }
  | { readonly before: State; readonly after: null }

export type MappingChange = ChangeOf<MappingState>

/** The mapping as it is afterwards, or was before it was deleted. */
export const changedMapping = ({ before, after }: MappingChange): MappingState => after ?? before

/** A requested mapping. Roles are named by id or slug. */
export interface MappingInput {
  readonly organizationId?: string | null | undefined
  readonly directoryId?: string | null | undefined
  readonly match: GroupMatchKind
  readonly value: string
  readonly attribute?: string | null | undefined
  readonly roles: readonly string[]
}

/** A requested change to a mapping. Omitted fields keep their value. */
export interface MappingUpdate {
  readonly id: string
  readonly organizationId?: string | null | undefined
  readonly directoryId?: string | null | undefined
  readonly match?: GroupMatchKind | null | undefined
  readonly value?: string | null | undefined
  readonly attribute?: string | null | undefined
  readonly roles?: readonly string[] | null | undefined
}
