import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, type SqlQuery } from '@prisma/driver-adapter-utils'
import type { SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm'

/** Prisma manages every table and every enum. */
export const wholeSchema = { externalTables: [], externalEnums: [] }

/**
 * Runs `work` with Prisma's schema engine in WebAssembly: it reads the same migrations as `prisma migrate deploy` and
 * needs no downloaded binary. Loading it costs some 30 ms and 20 MB: do so only if needed.
 */
export async function withSchemaEngine<T>(
  connectionString: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const glue = await loadGlue()
  const config = parseIntoClientConfig(connectionString)
  const pool = enginePool(config) // one connection: the engine takes a session-level lock on it
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new EngineAdapter(pool, config))
    const datamodels = schemaFiles().files.map((file): [string, string] => [file.path, file.content])
    using engine = await glue.SchemaEngine.new({ datamodels }, () => {}, adapter)
    return await work(engine)
  } finally {
    await pool.end()
  }
}

let loaded: Promise<Glue> | null = null

// Once per process: late frees would go to whichever instance the glue has by then.
function loadGlue(): Promise<Glue> {
  return (loaded ??= load())
}

// The package's own entry imports the .wasm file as a module, which Node does only behind a flag: loaded by hand here.
async function load(): Promise<Glue> {
  const glue: Glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const { instance } = await WebAssembly.instantiate(readFileSync(join(dirname(entry), 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': glue,
  })
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start as () => void
  start()
  return glue
}

function enginePool(config: pg.ClientConfig): pg.Pool {
  return new pg.Pool({ ...config, max: 1 })
}

// The adapter's own shadow pool has no error listener and is still connected when its database is dropped.
class EngineAdapter extends PrismaPg {
  readonly #main: pg.Pool
  readonly #config: pg.ClientConfig

  constructor(pool: pg.Pool, config: pg.ClientConfig) {
    super(pool)
    this.#main = pool
    this.#config = config
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    return readingCatalogs(applyingWhole(await super.connect(), this.#main))
  }

  override async connectToShadowDb(): ReturnType<PrismaPg['connectToShadowDb']> {
    const database = `rollcall_shadow_${process.pid}`
    await this.#main.query(`create database ${database}`)
    const pool = enginePool({ ...this.#config, database })
    const adapter = readingCatalogs(await new PrismaPg(pool).connect())
    return Object.assign(adapter, {
      dispose: async () => {
        await pool.end()
        await this.#main.query(`drop database ${database}`)
      },
    })
  }
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>

/**
 * Marks the migration that is being applied as finished, as the engine does afterwards. Inside the migration's own
 * transaction, so that an unfinished one has left nothing behind (migrate.ts).
 */
const FINISH = `
  do $$ begin
    if to_regclass('_prisma_migrations') is not null then
      update _prisma_migrations set finished_at = now() where finished_at is null and rolled_back_at is null;
    end if;
  end $$`

// The adapter splits a script at its semicolons, so that a killed one would have been applied in part. Sent as one
// message, it is one transaction: https://www.postgresql.org/docs/current/protocol-flow.html (Simple Query)
function applyingWhole(adapter: Adapter, pool: pg.Pool): Adapter {
  const inner = adapter as unknown as { onError(error: unknown): never }
  adapter.executeScript = async (script) => {
    await pool.query(`${script}\n;${FINISH}`).catch((error: unknown) => inner.onError(error))
  }
  return adapter
}

// The engine reads PostgreSQL's catalogs, but the adapter refuses their columns of the type "char" (18): pass such a
// column through it as text (25), and to the engine as the character that it expects.
function readingCatalogs(adapter: Adapter): Adapter {
  const inner = adapter as unknown as { performIO(query: SqlQuery): Promise<pg.QueryArrayResult> }
  const performIO = inner.performIO.bind(adapter)
  const queryRaw = adapter.queryRaw.bind(adapter)
  let characters: boolean[] = []
  inner.performIO = async (query) => {
    const result = await performIO(query)
    characters = result.fields.map((field) => field.dataTypeID === 18)
    for (const field of result.fields) if (field.dataTypeID === 18) field.dataTypeID = 25
    return result
  }
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query)
    return {
      ...result,
      columnTypes: result.columnTypes.map((type, i) => (characters[i] ? ColumnTypeEnum.Character : type)),
    }
  }
  return adapter
}

type Glue = typeof import('@prisma/schema-engine-wasm') & { __wbg_set_wasm(exports: WebAssembly.Exports): void }

/** prisma/schema.prisma, in the engine's format. */
export function schemaFiles(): SchemasContainer {
  const path = new URL('../../prisma/schema.prisma', import.meta.url)
  return { files: [{ path: fileURLToPath(path), content: readFileSync(path, 'utf8') }] }
}
