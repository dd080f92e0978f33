/** Whose sessions are to end. */
export interface SessionsRequest {
  /** AuthKit's user. */
  readonly workosUserId: string
  /** Sessions of other organizations are left: that person may still belong there. Those of none are ended. */
  readonly organizationId: string | null
  /** Sessions that were begun later are left; null: none is. By our clock. */
  readonly begunBefore: Date | null
}

/** Ends sessions at WorkOS, and gives how many. Throws UpstreamError, after which the same may be asked again. */
export type EndSessions = (request: SessionsRequest) => Promise<number>
