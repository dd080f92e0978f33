import { ulid } from 'ulid'
import type { Tx } from '../db/database.ts'
import { addJob } from '../jobs/add-job.ts'
import type { NewMail } from './new-mail.ts'
import { render } from './render.ts'

export const DELIVER_MAIL = 'deliver-mail'

/** With graphile-worker's pauses, some sixteen hours. */
const MOST_ATTEMPTS = 12

/**
 * Makes a mail, in the transaction of what it tells of: with the commit it is there and will be sent, without it there
 * is none. Gives its id; null where there was one of this key already.
 */
export type QueueMail = (tx: Tx, mail: NewMail) => Promise<string | null>

/** `product`: whose mail it is, as its readers know it. */
export function createQueueMail(product: string): QueueMail {
  return async (tx, { kind, key, to, values }) => {
    const { subject, text, html } = render(kind, { product, ...values })
    const { rows } = await tx.query<{ id: string }>({
      name: 'queue-mail',
      text: `insert into mail (id, kind, key, recipient, subject, text, html) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (key) do nothing returning id`,
      values: [`mail_${ulid()}`, kind, key, to, subject, text, html],
    })
    const id = rows[0]?.id ?? null
    if (id !== null)
      await addJob(tx, { task: DELIVER_MAIL, payload: { id }, key: `mail ${id}`, maxAttempts: MOST_ATTEMPTS })
    return id
  }
}
