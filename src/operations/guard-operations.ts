/** What the guard had held when it was approved or rejected. */
export interface Decided {
  /** The run that waited; null if none did. */
  readonly runId: string | null
  /** Events of the stream that waited. */
  readonly events: number
}

/** A directory's own thresholds for the guard; null: those of the settings. Omitted fields keep their value. */
export interface GuardUpdate {
  readonly minimum?: number | null | undefined
  readonly percent?: number | null | undefined
}

/** Operations on the mass-change guard. The caller has already checked that the actor may do this. */
export interface GuardOperations {
  /** Approves what the guard holds in a directory; null if it holds nothing. */
  approve(directoryId: string, actor: string): Promise<Decided | null>
  /** Rejects what the guard holds in a directory; null if it holds nothing. */
  reject(directoryId: string, actor: string): Promise<Decided | null>
  update(directoryId: string, update: GuardUpdate, actor: string): Promise<void>
}
