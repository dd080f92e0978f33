// The only reader of PostgreSQL's and Prisma's error codes.

// Connection, idle transaction, serialization and deadlock, resources, locks, the operator's intervention.
const PASSING = /^(08|25P|40|53|55|57)/
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

/** Whether an error tells of the database's condition, not of the statement: the same statement may succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    PASSING.test(code) ||
    NETWORK.has(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  )
}

/** What PostgreSQL said, without the values that it may quote in `detail`. */
export function describeDatabaseError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.message}${code}`.slice(0, 500)
}
