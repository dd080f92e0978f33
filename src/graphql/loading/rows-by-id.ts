import { columnOf } from '../../db/column-of.ts'
import type { Database } from '../../db/database.ts'
import { getDatamodel } from '../../generated/pothos.ts'

/** The rows of a table that form a model, and their owner. */
interface Rows {
  readonly model: 'Organization' | 'Directory' | 'DirectoryUser' | 'DirectoryGroup' | 'Account' | 'Role'
  readonly table: string
  /** The column they are found by, if not their own id. */
  readonly by?: string
  /** The column with their owner. */
  readonly owner?: string
  /** A condition that every row read fulfils. */
  readonly always: string
  /** Whether rows without an organization are visible to all. */
  readonly shared?: true
}

/** Returns all columns of a table aliased as `x`, under their model's names. */
export function columnsOf(model: Rows['model']): string {
  return fieldsOf(model)
    .map(({ name }) => `x.${columnOf(name)} as "${name}"`)
    .join(', ')
}

const fieldsOf = (model: Rows['model']) =>
  getDatamodel().datamodel.models[model]!.fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum')

/**
 * Reads rows by id, of one organization or of all, in the form that Prisma returns. Prisma would take several times as
 * long, and nearly every operation needs these. `columns`: an SQL select list, if not all are needed.
 */
export function rowsById<Model extends object>({
  model,
  table,
  by = 'id',
  owner = 'x.organization_id',
  always,
  shared,
}: Rows) {
  const own = `${owner} = $2${shared === true ? ` or ${owner} is null` : ''}`
  const all = columnsOf(model)
  const large = fieldsOf(model).filter(({ type }) => type === 'BigInt')
  return async (
    quick: Database['quick'],
    ids: readonly string[],
    organizationId: string | null,
    columns = all,
  ): Promise<Model[]> => {
    const text = `
    select ${columns} from ${table} x
    where x.${by} = any($1::text[]) and ${always} and ($2::text is null or ${own})`
    const rows = await quick.query<Model & Record<string, unknown>>(text, [ids, organizationId])
    if (large.length === 0) return rows
    return rows.map((row) => ({ ...row, ...Object.fromEntries(large.map(({ name }) => [name, toBigInt(row[name])])) }))
  }
}

// Read as a number, like everything that is read without Prisma.
const toBigInt = (value: unknown): bigint | null => (value === null ? null : BigInt(value as number))
