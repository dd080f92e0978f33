/** Settings of a server that does nothing by itself, unless a test enables it: most have no WorkOS. */
export const QUIET = {
  CATCH_UP_INTERVAL_MS: '0',
  DIRECTORY_POLL_MS: '0',
  SYNC_CONCURRENCY: '0',
  RETENTION_INTERVAL_MS: '0',
  OUTBOUND_CONCURRENCY: '0',
  JOB_CONCURRENCY: '0',
  OWNER_CHECK_MS: '0',
}
