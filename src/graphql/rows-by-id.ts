import type { Database } from '../db/database.ts'
import { getDatamodel } from '../generated/pothos.ts'

/** Which rows of a table a model is, and whose they are. */
interface Rows {
  readonly model: 'DirectoryUser' | 'DirectoryGroup' | 'Account' | 'Role'
  readonly table: string
  /** What is never read. */
  readonly always: string
  /** Whether what is of no organization is everybody's. */
  readonly shared?: true
}

const snake = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** All columns of a table that is called `x`, in the names of its model. */
export function columnsOf(model: Rows['model']): string {
  const { fields } = getDatamodel().datamodel.models[model]!
  const scalars = fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum')
  return scalars.map(({ name }) => `x.${snake(name)} as "${name}"`).join(', ')
}

/**
 * Rows by their ids, of one organization or of all, as Prisma would give them. It would take several times as long, and these
 * are asked for in nearly every operation.
 */
export function rowsById<Model extends object>({ model, table, always, shared }: Rows) {
  const own = `x.organization_id = $2${shared === true ? ' or x.organization_id is null' : ''}`
  const text = `
    select ${columnsOf(model)} from ${table} x
    where x.id = any($1::text[]) and ${always} and ($2::text is null or ${own})`
  return (quick: Database['quick'], ids: readonly string[], organizationId: string | null): Promise<Model[]> =>
    quick.query<Model>(text, [ids, organizationId])
}
