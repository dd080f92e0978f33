import { readAttributes } from '../attributes/read-attributes.ts'
import type { Queryable } from '../db/database.ts'
import type { JsonObject } from '../directory/objects.ts'

/** What is known of a user, by name; null if it is known to be empty. */
export type Matchable = Readonly<Record<string, string | null>>

interface Row {
  readonly id: string
  readonly customAttributes: JsonObject
}

/** Returns what role mappings may match on: the mapped attributes, and custom ones by their own names. */
export async function readMatchable(db: Queryable, userIds: readonly string[]): Promise<Map<string, Matchable>> {
  const mapped = await readAttributes(db, userIds)
  const { rows } = await db.query<Row>({
    name: 'read-custom-attributes',
    text: `select id, custom_attributes as "customAttributes" from directory_user where id = any($1::text[])`,
    values: [userIds],
  })
  return new Map(rows.map(({ id, customAttributes }) => [id, { ...textsOf(customAttributes), ...mapped.get(id) }]))
}

function textsOf(attributes: JsonObject): Matchable {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, textOf(value)]))
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
