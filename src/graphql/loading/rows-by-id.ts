import { columnOf } from '../../db/column-of.ts'
import type { Database } from '../../db/database.ts'
import { getDatamodel } from '../../generated/pothos.ts'

/** Which rows of a table a model is, and whose they are. */
interface Rows {
  readonly model: 'Organization' | 'Directory' | 'DirectoryUser' | 'DirectoryGroup' | 'Account' | 'Role'
  readonly table: string
  /** The column that they are found by, where it is not their own id. */
  readonly by?: string
  /** The column that says whose they are. */
  readonly owner?: string
  /** What is never read. */
  readonly always: string
  /** Whether what is of no organization is everybody's. */
  readonly shared?: true
}

/** All columns of a table that is called `x`, in the names of its model. */
export function columnsOf(model: Rows['model']): string {
  return fieldsOf(model)
    .map(({ name }) => `x.${columnOf(name)} as "${name}"`)
    .join(', ')
}

const fieldsOf = (model: Rows['model']) =>
  getDatamodel().datamodel.models[model]!.fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum')

/**
 * Rows by their ids, of one organization or of all, as Prisma would give them. It would take several times as long, and
 * these are asked for in nearly every operation. `columns`: a list of SQL, where not all are needed.
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

// Read as a number, as all are that are read without Prisma.
const toBigInt = (value: unknown): bigint | null => (value === null ? null : BigInt(value as number))
