/** Which events somebody means. What is left out does not restrict. */
export interface EventChoice {
  readonly ids?: readonly string[]
  readonly statuses: readonly ('FAILED' | 'HELD' | 'DISCARDED')[]
  readonly types?: readonly string[]
  /** Only of these directories: those that the asker may see, and wants. */
  readonly directoryIds?: readonly string[]
  /** Only of directories that are this organization's, and since they are. */
  readonly ownerId?: string
  readonly receivedAfter?: Date
}

/** The events that an action took, oldest first. */
export interface TakenEvents {
  readonly ids: readonly string[]
  /** Whether there are others, which were too many for one action. */
  readonly hasMore: boolean
}

/** Has events applied once more. */
export type ReplayEvents = (choice: EventChoice, actor: string) => Promise<TakenEvents>

/** Decides that events are not to be applied, and says why. */
export type DiscardEvents = (choice: EventChoice, reason: string, actor: string) => Promise<TakenEvents>
