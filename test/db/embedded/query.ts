import { Client } from 'pg'

/** Runs one statement on a connection of its own, and gives the rows. */
export async function query<T = Record<string, unknown>>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(sql, values)
    return rows as T[]
  } finally {
    await client.end()
  }
}
