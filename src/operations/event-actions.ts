/** Which events to act on. Omitted criteria do not restrict. */
export interface EventChoice {
  readonly ids?: readonly string[]
  readonly statuses: readonly ('FAILED' | 'HELD' | 'DISCARDED')[]
  readonly types?: readonly string[]
  /** Only of these directories: those that the caller wants and may see. */
  readonly directoryIds?: readonly string[]
  /** Only of directories that belong to this organization, and only since they have. */
  readonly ownerId?: string
  readonly receivedAfter?: Date
}

/** The events that an action was applied to, oldest first. */
export interface TakenEvents {
  readonly ids: readonly string[]
  /** Whether there are more, too many for one action. */
  readonly hasMore: boolean
}

/** Requests that events be applied again. */
export type ReplayEvents = (choice: EventChoice, actor: string) => Promise<TakenEvents>

/** Discards events, so that they are not applied, for a reason. */
export type DiscardEvents = (choice: EventChoice, reason: string, actor: string) => Promise<TakenEvents>
