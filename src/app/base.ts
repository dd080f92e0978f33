import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { ReadBody } from '../http/read-body.ts'
import type { Shutdown } from '../lifecycle.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics/register-metrics.ts'

/** What every part of a server is built with. */
export interface Base {
  readonly config: Config
  readonly db: Database
  /** The connection string of `db`, for parts that hold connections of their own. */
  readonly connectionString: string
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
  readonly readBody: ReadBody
  /** Takes steps that close things; its signal says that shutdown has begun. */
  readonly shutdown: Shutdown
  /** Returns a listener that logs errors under the name of the place where they happened. */
  readonly onError: (where: string) => (error: unknown) => void
}
