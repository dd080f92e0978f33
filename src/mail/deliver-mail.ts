import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Queryable, Tx } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Task } from '../jobs/task.ts'
import { RefusedMailError, type Send } from './send.ts'

export interface DeliverOptions {
  /** Null if there is no mail server: mail is then only logged. */
  readonly send: Send | null
  /** The domain of message ids. */
  readonly domain: string
  /** Whether to keep the content of sent mail. */
  readonly keepsContent: boolean
  /** Called with the final outcome of each mail. */
  readonly log: (kind: string, status: Outcome['status'], error: RefusedMailError | null) => void
}

interface Waiting {
  readonly kind: string
  readonly key: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

interface Outcome {
  readonly kind: string
  /** PENDING: will be retried. */
  readonly status: 'SENT' | 'LOGGED' | 'FAILED' | 'PENDING'
  readonly error: RefusedMailError | null
}

const Payload = z.object({ id: z.string() })

/**
 * Creates the job that sends a mail. The mail's row is locked meanwhile, and marked in the same transaction. If the
 * process is killed between the server's reply and the commit, the mail is sent again, with the same message id.
 */
export function createDeliverMail(options: DeliverOptions): Task {
  const { keepsContent, log } = options
  return async (payload, { isLast, pool }) => {
    const { id } = Payload.parse(payload)
    const tried: { outcome: Outcome | null } = { outcome: null }
    try {
      await inTransaction(pool, async (tx) => {
        // Longer than a mail server may take.
        await tx.query(`set local idle_in_transaction_session_timeout = '120s'`)
        const mail = await lockMail(tx, id)
        if (mail === null) return
        tried.outcome = await attempt(options, mail, isLast)
        await settle(tx, id, tried.outcome, keepsContent)
      })
    } catch (error) {
      if (tried.outcome === null) throw error
      // The connection that held the lock has broken; the mail server's reply is still valid.
      await settle(pool, id, tried.outcome, keepsContent)
    }
    if (tried.outcome === null) return
    const { kind, status, error } = tried.outcome
    if (status === 'PENDING') throw error!
    log(kind, status, error)
  }
}

/** Returns null if there is nothing left to send. Throws if another process is sending it. */
async function lockMail(tx: Tx, id: string): Promise<Waiting | null> {
  const { rows } = await tx.query<Waiting>({
    name: 'lock-mail',
    text: `select kind, key, recipient as to, subject, text, html from mail
           where id = $1 and status = 'PENDING' for no key update skip locked`,
    values: [id],
  })
  if (rows[0] !== undefined) return rows[0]
  const { rowCount } = await tx.query(`select from mail where id = $1 and status = 'PENDING'`, [id])
  if (rowCount === 0) return null
  throw new Error('Another process is sending this mail')
}

async function attempt({ send, domain }: DeliverOptions, mail: Waiting, isLast: boolean): Promise<Outcome> {
  const { kind } = mail
  if (send === null) return { kind, status: 'LOGGED', error: null }
  try {
    await send({ ...mail, messageId: messageIdOf(mail.key, domain) })
    return { kind, status: 'SENT', error: null }
  } catch (error) {
    if (!(error instanceof RefusedMailError)) throw error
    return { kind, status: isLast || error.permanent ? 'FAILED' : 'PENDING', error }
  }
}

/** Derived from the mail's key, without revealing it. */
function messageIdOf(key: string, domain: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`
}

async function settle(db: Queryable, id: string, { status, error }: Outcome, keepsContent: boolean): Promise<void> {
  await db.query({
    name: 'settle-mail',
    text: `update mail set status = $2::"MailStatus", error = $3, attempts = attempts + 1,
                  finished_at = case when $2::"MailStatus" <> 'PENDING' then now() end,
                  text = case when $4 or $2::"MailStatus" = 'PENDING' then text end, html = case when $4 or $2::"MailStatus" = 'PENDING' then html end
           where id = $1 and status = 'PENDING'`,
    values: [id, status, error?.said ?? null, keepsContent],
  })
}
