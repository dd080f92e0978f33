/** Which sessions to end. */
export interface SessionsRequest {
  /** AuthKit's user. */
  readonly workosUserId: string
  /**
   * Sessions of other organizations are kept: the person may still belong there. Those of no organization are ended.
   */
  readonly organizationId: string | null
  /** Sessions that began later are kept; null keeps none. By our clock. */
  readonly begunBefore: Date | null
}

/** Ends sessions at WorkOS, and returns how many. Throws UpstreamError, after which the call may be repeated. */
export type EndSessions = (request: SessionsRequest) => Promise<number>
