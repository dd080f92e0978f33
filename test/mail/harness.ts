// Mail on a database of its own, with a mail server on this machine.
import { openDatabase, type Database } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createMail, type Mail, type MailOptions } from '../../src/mail/mail.ts'
import type { NewMail } from '../../src/mail/new-mail.ts'
import { createTestDatabase } from '../support/database.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'
import { until } from '../support/until.ts'

export interface MailRow {
  readonly key: string
  readonly kind: string
  readonly recipient: string
  readonly status: string
  readonly attempts: number
  readonly error: string | null
  readonly text: string | null
  readonly html: string | null
}

export interface Harness {
  readonly db: Database
  readonly connectionString: string
  readonly server: MailServer
  readonly mail: Mail
  /** What became of mails, and what was said of jobs. */
  readonly lines: string[]
  readonly queue: (mail: NewMail) => Promise<string | null>
  readonly rows: () => Promise<MailRow[]>
  /** Resolves when no mail waits any more; the pauses after failures are cut short. */
  readonly settled: () => Promise<void>
  /** As if nothing had been mailed yet. */
  readonly empty: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function startHarness(options: Partial<MailOptions> = {}): Promise<Harness> {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 6, onIdleError: () => {} })
  const server = await startMailServer()
  const lines: string[] = []
  const mail = createMail({
    db,
    smtpUrl: server.url,
    from: { name: 'Acme', address: 'no-reply@acme.example' },
    ownerEmail: null,
    ownerCheckMs: 0,
    welcome: null,
    keepsContent: false,
    log: (kind, status, error) => lines.push(`${kind} ${status} ${error?.message ?? ''}`.trim()),
    ...options,
  })
  const closing = new AbortController()
  const jobs = startJobs({
    connectionString,
    tasks: mail.tasks,
    concurrency: 2,
    delayMs: 0,
    orphanMs: 100,
    closing: closing.signal,
    log: {
      done: () => {},
      failed: (task, _id, attempt, error) => lines.push(`${task} failed at ${attempt}: ${error}`),
      worker: (level, text) => level === 'debug' || lines.push(text),
    },
    onError: (error) => lines.push(String(error)),
  })
  const rows = async () =>
    (
      await db.pool.query<MailRow>(
        'select key, kind, recipient, status, attempts, error, text, html from mail order by id',
      )
    ).rows
  return {
    db,
    connectionString,
    server,
    mail,
    lines,
    queue: (one) => inTransaction(db.pool, (tx) => mail.queue(tx, one)),
    rows,
    settled: () =>
      until(async () => {
        await db.pool.query(
          `select graphile_worker.reschedule_jobs(array[id], run_at := now()) from graphile_worker.jobs where run_at > now()`,
        )
        return (await rows()).every(({ status }) => status !== 'PENDING')
      }),
    async empty() {
      server.setBefore(null)
      // With the job done, its last word has been said too.
      await until(async () => (await db.pool.query('select from graphile_worker.jobs')).rowCount === 0)
      await db.pool.query('delete from mail')
      server.received.length = 0
      lines.length = 0
    },
    async close() {
      closing.abort()
      await jobs.close()
      await db.close()
      await server.close()
      await drop()
    },
  }
}

/** A mail of no consequence. */
export const stalled = (key: string, to = 'owner@acme.example', ...list: string[]): NewMail => ({
  kind: 'STALLED',
  key,
  to,
  values: { list },
})
