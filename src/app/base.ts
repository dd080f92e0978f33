import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Shutdown } from '../lifecycle.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics/register-metrics.ts'

/** What every part of a server is made with. */
export interface Base {
  readonly config: Config
  readonly db: Database
  /** Of `db`, for parts that hold connections of their own. */
  readonly connectionString: string
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
  /** Takes what has to be closed; its signal says that it has begun. */
  readonly shutdown: Shutdown
  /** Gives a listener that logs errors under the name of where they happened. */
  readonly onError: (where: string) => (error: unknown) => void
}
