import type { Row } from './measure.ts'
import type { BenchPostgres } from './postgres.ts'

/** What a bar gets. */
export interface Bench {
  readonly postgres: BenchPostgres
  /** Fewer and shorter rounds: to see whether it works, not to compare. */
  readonly quick: boolean
  /** A folder for CPU profiles of the server under test; null: none are taken. */
  readonly profiles: string | null
  /** Reports progress to a person. */
  readonly note: (line: string) => void
}

/** One thing that is measured. Throws if the answers are wrong: then there is nothing to compare. */
export interface Bar {
  readonly name: string
  run(bench: Bench): Promise<Row[]>
}
