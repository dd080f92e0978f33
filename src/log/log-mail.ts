import type { Log } from './log.ts'
import type { DeliverOptions } from '../mail/deliver-mail.ts'

/** One line per finished mail: its kind, never its recipient. */
export function logMail(log: Log): DeliverOptions['log'] {
  return (kind, status, error) => {
    const line = { mail: kind, status }
    if (status === 'SENT') log.info(line, 'mail sent')
    else if (status === 'LOGGED') log.info(line, 'mail not sent: SMTP_URL is not set')
    else log.error({ ...line, error: error?.message }, 'mail given up')
  }
}
