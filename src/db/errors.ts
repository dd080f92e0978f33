// The only place that reads PostgreSQL's and Prisma's error codes.

// Connection, read-only standby, idle transaction, serialization and deadlock, resources, locks, operator intervention.
const PASSING = /^(08|25006|25P|40|53|55|57)/
const NETWORK = /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ENOENT|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN))$/
// What pg says of a connection that broke, or is closing, when it is given the next statement.
const UNSPOKEN =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed) and is not queryable)/

// Unreachable, timed out, closed, no connection free, a conflict:
// https://www.prisma.io/docs/orm/reference/error-reference
const PRISMA_PASSING = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2034'])

// PostgreSQL's code, or an empty text if Prisma's adapter does not pass it on.
function codeInsidePrisma(error: Error): string {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } } }
  const code = meta?.driverAdapterError?.cause?.originalCode
  return typeof code === 'string' ? code : ''
}

/** Whether an error is about the database's condition, not the statement: the same statement may succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    PASSING.test(code) ||
    NETWORK.test(code) ||
    PRISMA_PASSING.has(code) ||
    PASSING.test(codeInsidePrisma(error)) ||
    UNSPOKEN.test(error.message)
  )
}

// Deadlock, serialization failure, and a unique value that another transaction took after it was looked for.
const LOST_RACES: readonly unknown[] = ['40P01', '40001', '23505']

/** Whether a transaction lost to another one: when retried, it sees what that one did. */
export function isLostRace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LOST_RACES.includes(error.code)
}

/** Whether a statement failed only because an earlier one in its transaction had. */
export function isOfAborted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02'
}

/** Whether a statement named a table that does not exist. */
export function isNoTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}

/** PostgreSQL's message, without the values that it may quote in `detail`. */
export function describeDatabaseError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.message}${code}`.slice(0, 500)
}

/**
 * Why a database cannot be used, in one line without its password; null if the error is about something else. Meant for
 * start-up: later the same errors may have other causes.
 */
export function whyUnusable(error: unknown): string | null {
  const fault = innermost(error)
  if (!(fault instanceof Error)) return null
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : ''
  const said = (fault.message || code).split('\n', 1)[0]!
  const isOfNetwork = 'syscall' in fault && ['connect', 'getaddrinfo', 'read', 'write'].includes(String(fault.syscall))
  if (isOfNetwork) return `the database cannot be reached (${said})`
  if (/^(28|0P)/.test(code) || /^SASL|password must be/.test(said))
    return `the database does not accept this user and password (${said})`
  if (code === '3D000') return `there is no such database (${said})`
  // Prisma's migration engine passes on PostgreSQL's message without its code.
  if (code === '42501' || said.startsWith('ERROR: permission denied'))
    return `its user lacks a required privilege (${said})`
  if (PASSING.test(code)) return `the database does not accept connections now (${said})`
  const unspoken =
    /^(Connection terminated|timeout expired|timeout exceeded|The server does not support SSL|self.signed|unable to)/
  return unspoken.test(said) ? `the database cannot be reached (${said})` : null
}

// If a host has several addresses, all have failed; their errors are nested.
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  return error
}
