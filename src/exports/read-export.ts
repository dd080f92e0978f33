import type { Queryable } from '../db/database.ts'
import { EXPORTS, type Export, type Exported } from './tables.ts'

/** Objects per page. */
const PAGE = 1_000

/**
 * Yields the rows of an export page by page, oldest objects first; a page is read once the previous one was consumed.
 */
export async function* readExport(
  db: Queryable,
  what: Exported,
  organizationId: string | null,
): AsyncGenerator<(string | null)[][]> {
  const { of, where, columns, from, order }: Export = EXPORTS[what]
  const cells = Object.values(columns).join(', ')
  let after: { createdAt: Date; id: string } | null = null
  for (;;) {
    const beyond: string = after === null ? '' : 'and (x.created_at, x.id) > ($2::timestamptz, $3::text)'
    const { rows: things }: { rows: { createdAt: Date; id: string }[] } = await db.query<{
      createdAt: Date
      id: string
    }>(
      `select x.created_at as "createdAt", x.id from ${of} where ${where} ${beyond} order by x.created_at, x.id limit ${PAGE}`,
      after === null ? [organizationId] : [organizationId, after.createdAt, after.id],
    )
    if (things.length > 0) {
      const { rows } = await db.query<{ cells: (string | null)[] }>(
        `select array[${cells}]::text[] as cells from ${from}
         where x.id = any($1::text[]) order by x.created_at, x.id, ${order}`,
        [things.map(({ id }) => id)],
      )
      yield rows.map((row) => row.cells)
    }
    if (things.length < PAGE) return
    after = things.at(-1)!
  }
}
