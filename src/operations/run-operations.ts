/** What the guard had held when it was approved or rejected. */
export interface Decided {
  /** The run that waited; null if none did. */
  readonly runId: string | null
  /** Events of the stream that waited. */
  readonly events: number
}

/** Operations on runs. The caller has already checked that the actor may do this. */
export interface RunOperations {
  /** Queues a sync run, and returns its id, or that of the one already under way. */
  resync(request: {
    readonly directoryId: string
    readonly dryRun: boolean
    readonly requestedBy: string
  }): Promise<string>
  /** Ends a run, at once or after the page being read. Returns false if it had already ended. */
  cancel(runId: string, actor: string): Promise<boolean>
  /** Approves what the guard holds in a directory; null if it holds nothing. */
  approve(directoryId: string, actor: string): Promise<Decided | null>
  /** Rejects what the guard holds in a directory; null if it holds nothing. */
  reject(directoryId: string, actor: string): Promise<Decided | null>
}

/** A directory's own thresholds for the guard; null: those of the settings. Omitted fields keep their value. */
export interface GuardUpdate {
  readonly minimum?: number | null | undefined
  readonly percent?: number | null | undefined
}
