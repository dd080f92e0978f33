import type { Database } from '../db/database.ts'
import type { Tasks } from '../jobs/task.ts'
import type { Rounds } from '../rounds.ts'
import { createDeliverMail, type DeliverOptions } from './deliver-mail.ts'
import { startOwnerMail } from './owner-mail.ts'
import { createQueueMail, DELIVER_MAIL, type QueueMail } from './queue-mail.ts'
import { createSmtp } from './smtp.ts'
import { startWelcomeMail } from './welcome-mail.ts'

export interface MailOptions {
  readonly db: Database
  /** Null: nothing is sent, only logged. */
  readonly smtpUrl: string | null
  readonly from: { readonly name: string; readonly address: string }
  /** Whom to notify of problems; null: no notifications. */
  readonly ownerEmail: string | null
  readonly ownerCheckMs: number
  /** Null: no welcome mail. */
  readonly welcome: { readonly url: URL; readonly most: number } | null
  readonly keepsContent: boolean
  /** Called with the outcome of each mail. */
  readonly log: DeliverOptions['log']
}

interface RoundOptions {
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (where: string) => (error: unknown) => void
}

export interface Mail {
  readonly queue: QueueMail
  /** The sender's name as known to readers. */
  readonly product: string
  readonly tasks: Tasks
  /** Starts looking for mail to send. */
  start(options: RoundOptions): { close(): Promise<void> }
}

const WELCOME_MS = 5_000

/** Assembles everything about mail. */
export function createMail({
  db,
  smtpUrl,
  from,
  ownerEmail,
  ownerCheckMs,
  welcome,
  keepsContent,
  log,
}: MailOptions): Mail {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  const product = from.name || domain
  const queue = createQueueMail(product)
  const send = smtpUrl === null ? null : createSmtp({ url: smtpUrl, from })
  return {
    queue,
    product,
    tasks: { [DELIVER_MAIL]: createDeliverMail({ send, domain, keepsContent, log }) },
    start({ now, closing, onError }) {
      const common = { db, queueMail: queue, now, closing }
      const rounds: Rounds[] = []
      if (ownerEmail !== null) {
        const owner = { to: ownerEmail, intervalMs: ownerCheckMs, onError: onError('owner mail') }
        rounds.push(startOwnerMail({ ...common, ...owner }))
      }
      if (welcome !== null)
        rounds.push(
          startWelcomeMail({ ...common, ...welcome, intervalMs: WELCOME_MS, onError: onError('welcome mail') }),
        )
      return {
        async close() {
          await Promise.all(rounds.map((one) => one.close()))
        },
      }
    },
  }
}
