// How PostgreSQL looks for what a statement asks.
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

async function scansOf({ pool, quick }: Database, { text, values: given, name }: Statement): Promise<Scan[]> {
  const flat = (plan: Plan, isLimited: boolean): Scan[] => [
    { ...plan, isLimited },
    ...(plan.Plans ?? []).flatMap((inner) => flat(inner, plan['Node Type'] === 'Limit')),
  ]
  type Explained = { 'QUERY PLAN': [{ Plan: Plan }] }
  const explain = `explain (analyze, format json) ${text}`
  // What is planned once for all values is looked at as it is planned then.
  const rows =
    name === undefined
      ? (await pool.query<Explained>(explain, [...given])).rows
      : await quick.query<Explained>(explain, [...given])
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
