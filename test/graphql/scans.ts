// How PostgreSQL looks for what a statement asks.
import pg from 'pg'
import type { Database } from '../../src/db/database.ts'
import type { Statement } from './statements.ts'

const BIG = new Set([
  'directory',
  'directory_user',
  'directory_user_recency',
  'directory_group',
  'membership',
  'change',
  'inbox_event',
  'sync_run',
  'webhook_delivery',
  'setup_invitation',
  'account',
  'role_grant',
  'role_mapping_role',
  'role_mapping_group',
  'role_mapping_plan_difference',
])

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly Plan[]
}

/** A scan, and whether it ends as soon as it has found so many. */
interface Scan extends Plan {
  readonly isLimited: boolean
}

/**
 * What PostgreSQL explains of a statement; of a quick read, which is planned once for all values, as it is planned
 * then.
 */
export async function explain<Row extends object>(
  { pool, quick }: Database,
  { text, values, name }: Statement,
  how = '',
): Promise<Row[]> {
  if (!name?.startsWith('quick-')) return (await pool.query<Row>(`explain ${how} ${text}`, [...values])).rows
  // Given with the statement, values would be planned for. Of two connections that wait for nothing, the first is asked
  // both times.
  const prepared = `explained_${(explained += 1)}`
  await quick.query(`prepare ${prepared} as ${text}`, [])
  const given = values.length === 0 ? '' : `(${values.map(literalOf).join(', ')})`
  return quick.query<Row>(`explain ${how} execute ${prepared}${given}`, [])
}

let explained = 0

function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((each) => JSON.stringify(each)).join(',')}}`)
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString())
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value))
}

async function scansOf(db: Database, statement: Statement): Promise<Scan[]> {
  const flat = (plan: Plan, isLimited: boolean): Scan[] => [
    { ...plan, isLimited },
    ...(plan.Plans ?? []).flatMap((inner) => flat(inner, plan['Node Type'] === 'Limit')),
  ]
  interface Explained {
    'QUERY PLAN': [{ Plan: Plan }]
  }
  const rows = await explain<Explained>(db, statement, '(analyze, format json)')
  // Of the ways in which a search may be answered, one is gone.
  return flat(rows[0]!['QUERY PLAN'][0].Plan, false).filter(
    (plan) => BIG.has(plan['Relation Name'] ?? '') && plan['Actual Loops'] > 0,
  )
}

const touched = (plan: Plan) =>
  (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)) *
  plan['Actual Loops']

// Not where it ends after so many: of what most rows have, the first that come are as good as those of an index.
const isOfAll = (scan: Scan) => scan['Node Type'] === 'Seq Scan' && !scan.isLimited

/** Where a statement reads a large table as a whole, or touches more rows of one than `most`. */
export const problemsOf = async (db: Database, name: string, statement: Statement, most: number): Promise<string[]> =>
  (await scansOf(db, statement))
    .filter((scan) => touched(scan) > most || (isOfAll(scan) && most !== Infinity))
    .map((scan) => `${name}: ${scan['Node Type']} of ${scan['Relation Name']} touches ${touched(scan)} rows`)
