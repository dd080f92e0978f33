import type { Queryable } from '../db/database.ts'

/** A mail as shown to developers. */
export interface MailEntry {
  readonly id: string
  readonly kind: string
  readonly recipient: string
  readonly subject: string
  readonly status: string
  readonly createdAt: Date
}

export interface MailContent extends MailEntry {
  readonly text: string | null
  readonly html: string | null
}

const COLUMNS = 'id, kind, recipient, subject, status, created_at as "createdAt"'

/** Returns the newest hundred. */
export async function listMail(db: Queryable): Promise<MailEntry[]> {
  return (await db.query<MailEntry>(`select ${COLUMNS} from mail order by id desc limit 100`)).rows
}

export async function findMail(db: Queryable, id: string): Promise<MailContent | null> {
  const { rows } = await db.query<MailContent>(`select ${COLUMNS}, text, html from mail where id = $1`, [id])
  return rows[0] ?? null
}
