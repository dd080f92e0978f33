import pg from 'pg'

/** A statement as it went to PostgreSQL. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Where it is planned once for each connection. */
  readonly name?: string
}

// What runs by itself, whatever anybody asks: those who look for what is due, the check of credentials, how a
// connection is set up, the look for ends of access, and the question whether a listening connection still answers.
const BY_ITSELF =
  /inbox_event (?!x\b)|cascade_after|\bcascading\b|account_due|skip locked|webhook_endpoint e\b|pg_advisory_xact_lock|api_key|newest\.position|set_config\('(?:plan_cache_mode|synchronous_commit)|^(?:begin|commit|listen|set plan_cache_mode|select$)/i

type Query = (this: pg.Client, ...args: unknown[]) => unknown

/**
 * Every statement that this process sends while `work` runs, on whichever connection; without what runs by itself, but
 * for what `about` matches.
 */
export async function statementsOf(work: () => Promise<unknown>, about?: RegExp): Promise<Statement[]> {
  const all = await allStatementsOf(work)
  return all.filter(({ text }) => about?.test(text) === true || !BY_ITSELF.test(text))
}

export async function allStatementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = []
  const prototype = pg.Client.prototype as unknown as { query: Query }
  const { query } = prototype
  prototype.query = function (...args) {
    const [config, values] = args as [string | { text: string; values?: unknown[] }, unknown]
    const given = Array.isArray(values) ? (values as unknown[]) : []
    statements.push(typeof config === 'string' ? { text: config, values: given } : { values: given, ...config })
    return query.apply(this, args)
  }
  try {
    await work()
  } finally {
    prototype.query = query
  }
  return statements
}
