import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchPostgres } from './postgres.ts'

const run = promisify(execFile)
export const CLIENTS = 32
export const BODY_BYTES = 800 // the size of one of our events

export interface InsertRate {
  readonly rival: string
  /** Rows per second, each in its own transaction. */
  measure(seconds: number): Promise<number>
}

/**
 * How many rows per second 32 clients can insert durably, one by one: the database's own limit for acknowledgements.
 */
export async function createInsertRate(postgres: BenchPostgres): Promise<InsertRate> {
  const database = await postgres.create()
  await postgres.query(
    database,
    'create table bench_row (id bigint generated always as identity primary key, body bytea not null)',
  )
  const version = await run('pgbench', ['--version']).then(
    ({ stdout }) => /\d+(\.\d+)?/.exec(stdout)?.[0] ?? 'of no version',
    () => null, // not installed: use our own
  )
  return {
    rival: version === null ? `${CLIENTS} pg clients, single-row inserts` : `pgbench ${version}, single-row inserts`,
    async measure(seconds) {
      await postgres.query(database, 'truncate bench_row')
      const { rate, rows } =
        version === null ? await byClients(postgres, database, seconds) : await byPgbench(postgres, database, seconds)
      const [found] = await postgres.query<{ count: string }>(database, 'select count(*) from bench_row')
      if (Number(found!.count) < rows) throw new Error('The rival counted rows that are not there')
      return rate
    },
  }
}

interface Inserted {
  /** Per second, not counting the time for connecting. */
  readonly rate: number
  /** At least this many were committed. */
  readonly rows: number
}

async function byPgbench({ host }: BenchPostgres, database: string, seconds: number): Promise<Inserted> {
  const script = join(dirname(host), `${database}.sql`)
  writeFileSync(script, `insert into bench_row (body) values ('${'x'.repeat(BODY_BYTES)}');\n`)
  const load = ['--no-vacuum', '--protocol=prepared', `--client=${CLIENTS}`, '--jobs=2', `--time=${seconds}`]
  const server = ['--host', host, '--port', '5432', '--username', 'postgres', database]
  const { stdout } = await run('pgbench', [...load, `--file=${script}`, ...server])
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1]
  const rows = /transactions actually processed: (\d+)/.exec(stdout)?.[1]
  if (rate === undefined || rows === undefined || !/failed transactions: 0 /.test(stdout))
    throw new Error(`pgbench said: ${stdout}`)
  return { rate: Number(rate), rows: Number(rows) }
}

async function byClients(postgres: BenchPostgres, database: string, seconds: number): Promise<Inserted> {
  const rival = fileURLToPath(new URL('./rivals/insert-rows.ts', import.meta.url))
  const args = [postgres.url(database), String(CLIENTS), String(seconds * 1_000), String(BODY_BYTES)]
  const { stdout } = await run(process.execPath, [rival, ...args], { timeout: seconds * 1_000 + 30_000 })
  const rate = Number(stdout)
  return { rate, rows: rate * seconds * 0.9 }
}
