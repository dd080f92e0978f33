// The only reader of PostgreSQL's and Prisma's error codes.

// Connection, a standby that only can be read, idle transaction, serialization and deadlock, resources, locks, the
// operator's intervention.
const PASSING = /^(08|25006|25P|40|53|55|57)/
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

// Unreachable, timed out, closed, no connection free, a conflict:
// https://www.prisma.io/docs/orm/reference/error-reference
const PRISMA_PASSING = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2034'])

// What PostgreSQL said, where Prisma's adapter hands it on; an empty text where it does not.
function codeInsidePrisma(error: Error): string {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } } }
  const code = meta?.driverAdapterError?.cause?.originalCode
  return typeof code === 'string' ? code : ''
}

/** Whether an error tells of the database's condition, not of the statement: the same statement may succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    PASSING.test(code) ||
    NETWORK.has(code) ||
    PRISMA_PASSING.has(code) ||
    PASSING.test(codeInsidePrisma(error)) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  )
}

// A deadlock, a serialization that failed, and a value that somebody else took after it was looked for.
const LOST_RACES: readonly unknown[] = ['40P01', '40001', '23505']

/** Whether a transaction was given up for another one's sake: begun anew, it sees what that one did. */
export function isLostRace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LOST_RACES.includes(error.code)
}

/** Whether a statement failed only because one before it in the same transaction had. */
export function isOfAborted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02'
}

/** Whether a statement named a table that is not there. */
export function isNoTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}

/** What PostgreSQL said, without the values that it may quote in `detail`. */
export function describeDatabaseError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.message}${code}`.slice(0, 500)
}

/**
 * Why a program cannot work with a database, in one line without its password; null where the error is not about that.
 * Meant for the start: later the same errors may have other reasons.
 */
export function whyUnusable(error: unknown): string | null {
  const fault = innermost(error)
  if (!(fault instanceof Error)) return null
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : ''
  const said = (fault.message || code).split('\n', 1)[0]!
  const isOfNetwork = 'syscall' in fault && ['connect', 'getaddrinfo', 'read', 'write'].includes(String(fault.syscall))
  if (isOfNetwork) return `the database cannot be reached (${said})`
  if (/^(28|0P)/.test(code) || /^SASL|password must be/.test(said))
    return `the database does not take this user and password (${said})`
  if (code === '3D000') return `there is no such database (${said})`
  // Prisma's engine, which migrates, gives what PostgreSQL said without its code.
  if (code === '42501' || said.startsWith('ERROR: permission denied'))
    return `its user lacks a right that is needed (${said})`
  if (PASSING.test(code)) return `the database takes no connections now (${said})`
  const unspoken =
    /^(Connection terminated|timeout expired|timeout exceeded|The server does not support SSL|self.signed|unable to)/
  return unspoken.test(said) ? `the database cannot be reached (${said})` : null
}

// Of a host with several addresses each has failed, and says so inside.
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  return error
}
