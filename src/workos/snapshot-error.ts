/** The answers contradict themselves or each other: believing them would remove rows that still exist. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SnapshotError'
  }
}
