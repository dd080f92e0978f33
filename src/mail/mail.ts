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
  /** Null: nothing is sent, and it is logged what would be. */
  readonly smtpUrl: string | null
  readonly from: { readonly name: string; readonly address: string }
  /** Whom to tell when something is wrong; null: nobody. */
  readonly ownerEmail: string | null
  readonly ownerCheckMs: number
  /** Null: nobody is welcomed. */
  readonly welcome: { readonly url: URL; readonly most: number } | null
  readonly keepsContent: boolean
  /** Hears what became of each mail. */
  readonly log: DeliverOptions['log']
}

export interface RoundOptions {
  readonly now: () => Date
  readonly closing: AbortSignal
  readonly onError: (where: string) => (error: unknown) => void
}

export interface Mail {
  readonly queue: QueueMail
  /** Whose mail it is, as its readers know it. */
  readonly product: string
  readonly tasks: Tasks
  /** Begins to look for what has to be mailed. */
  start(options: RoundOptions): { close(): Promise<void> }
}

const WELCOME_MS = 5_000

/** Everything about mail, put together. */
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
