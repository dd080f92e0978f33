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
}
