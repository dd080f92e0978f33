/**
 * Another process has continued a run meanwhile, as can happen after its lock was lost: from there the run is theirs.
 */
export class OvertakenError extends Error {
  constructor(runId: string) {
    super(`${runId} was continued by another process`)
    this.name = 'OvertakenError'
  }
}
