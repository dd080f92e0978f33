import { ulid } from 'ulid'
import type { Tx } from '../db/database.ts'
import { addJob } from '../jobs/add-job.ts'
import type { NewMail } from './new-mail.ts'
import { render } from './render.ts'

export const DELIVER_MAIL = 'deliver-mail'

/** With graphile-worker's backoff, about sixteen hours. */
const MAX_ATTEMPTS = 12

/**
 * Creates a mail in the transaction of what it reports: it exists, and will be sent, only if that commits. Returns its
 * id; null if one with this key already exists.
 */
export type QueueMail = (tx: Tx, mail: NewMail) => Promise<string | null>

/** `product`: the sender's name as known to readers. */
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
      await addJob(tx, { task: DELIVER_MAIL, payload: { id }, key: `mail ${id}`, maxAttempts: MAX_ATTEMPTS })
    return id
  }
}
