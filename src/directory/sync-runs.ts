/** What the guard has kept from being done, and somebody has decided on. */
export interface Decided {
  /** The run that waited; null where none did. */
  readonly runId: string | null
  /** Events of the stream that waited. */
  readonly events: number
}

/** What may be asked of traversals. Whoever asks has seen to it that the asker may. */
export interface RunOperations {
  /** Queues a comparison with WorkOS, and gives its run's id: that of the one that is under way, where one is. */
  resync(request: {
    readonly directoryId: string
    readonly dryRun: boolean
    readonly requestedBy: string
  }): Promise<string>
  /** Ends a run, at once or after the page that is being read. Gives false where it had ended already. */
  cancel(runId: string, actor: string): Promise<boolean>
  /** Lets through what the guard holds in a directory; null where it holds nothing. */
  approve(directoryId: string, actor: string): Promise<Decided | null>
  /** Does away with what the guard holds in a directory; null where it holds nothing. */
  reject(directoryId: string, actor: string): Promise<Decided | null>
}

/** A directory's own thresholds of the guard; null: those of the settings. What is left out stays as it is. */
export interface GuardUpdate {
  readonly minimum?: number | null | undefined
  readonly percent?: number | null | undefined
}
