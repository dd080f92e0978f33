/** Hears what becomes of jobs, and what the one who does them has to say. */
export interface JobLog {
  done(task: string, jobId: string, milliseconds: number): void
  failed(task: string, jobId: string, attempt: number, error: string): void
  /** graphile-worker's own words: of connections, and of itself. */
  worker(level: 'debug' | 'warn' | 'error', text: string): void
}
