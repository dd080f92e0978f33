/**
 * Permission to follow the log until `signal` is aborted. If it is aborted with an error, the subscriber gets that
 * error.
 */
export interface Lease {
  readonly signal: AbortSignal
  close(): void
  /**
   * Called when the subscriber has taken everything up to a position and nothing follows yet. If it returns true, the
   * subscriber ends here and is served by another feed from there on. It counts, and its lease stays open, until
   * `leave` is called.
   */
  readonly handOver?: (position: number, leave: () => void) => boolean
}

/** The error that a lease ended with; undefined if it simply ended: aborted without a reason, it is an AbortError. */
export const errorOf = ({ reason }: AbortSignal): Error | undefined =>
  reason instanceof Error && reason.name !== 'AbortError' ? reason : undefined
