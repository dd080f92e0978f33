import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'

const config = (database: string) => ({ host: inject('postgresHost'), port: 5432, user: 'postgres', database })

/** Creates a migrated, empty database; `drop` terminates remaining connections. */
export async function createTestDatabase(
  template = 'template_rollcall',
): Promise<{ connectionString: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // Copied as files: through the log, the default, it took four times as long.
  await asPostgres(`create database ${name} template ${template} strategy file_copy`)
  const host = encodeURIComponent(inject('postgresHost'))
  return {
    connectionString: `postgresql://postgres@/${name}?host=${host}&port=5432`,
    drop: () => asPostgres(`drop database ${name} with (force)`),
  }
}

/**
 * Resets a test's database for the next test of a file; schema changes stay. A new database costs a second, since its
 * connections start with empty caches. Only if no running server keeps anything in memory.
 */
export async function emptyDatabase(db: Queryable): Promise<void> {
  await db.query(EMPTY)
}

// Foreign-key triggers would require an order of the tables. For few rows, deleting is cheaper than truncating.
const EMPTY = `
  do $$
  declare filled regclass;
  begin
    set local session_replication_role = replica;
    for filled in
      select oid from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and pg_relation_size(oid) > 0
        and relname not in ('_prisma_migrations', 'change_clock')
    loop execute 'delete from ' || filled; end loop;
    delete from graphile_worker._private_jobs;
    insert into catch_up (id) values (1);
    insert into directory_poll (id) values (1);
    update change_clock set position = 0, purged_through = 0;
  end $$`

async function asPostgres(statement: string): Promise<void> {
  const client = new pg.Client(config('postgres'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
