import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

const config = (database: string) => ({ host: inject('postgresHost'), port: 5432, user: 'postgres', database })

/** A migrated, empty database of one's own; `drop` ends whoever is still connected. */
export async function createTestDatabase(): Promise<{ connectionString: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asPostgres(`create database ${name} template template_rollcall`)
  const host = encodeURIComponent(inject('postgresHost'))
  return {
    connectionString: `postgresql://postgres@/${name}?host=${host}&port=5432`,
    drop: () => asPostgres(`drop database ${name} with (force)`),
  }
}

async function asPostgres(statement: string): Promise<void> {
  const client = new pg.Client(config('postgres'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
