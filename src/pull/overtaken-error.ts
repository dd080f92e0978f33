/** Somebody else has carried a run on meanwhile, as may be after its lock was lost: from there it is theirs. */
export class OvertakenError extends Error {
  constructor(runId: string) {
    super(`${runId} was carried on by somebody else`)
    this.name = 'OvertakenError'
  }
}
