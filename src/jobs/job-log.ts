/** Called with the outcomes of jobs and the worker's own messages. */
export interface JobLog {
  done(task: string, jobId: string, milliseconds: number): void
  failed(task: string, jobId: string, attempt: number, error: string): void
  /** graphile-worker's own messages, about connections and itself. */
  worker(level: 'debug' | 'warn' | 'error', text: string): void
}
