import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Queryable } from '../db/database.ts'
import { escapeHtml } from '../mail/escape-html.ts'
import { findMail, listMail, type MailContent, type MailEntry } from '../mail/read-mail.ts'
import { PRIVATE, respondPage, type Page } from './page.ts'
import { pathOf } from './request-url.ts'

export const DEV_MAIL_PATH = '/dev/mail'

/**
 * `/dev/mail`: sent mail, for local development. Mail contains secret links, so this must never be reachable by others.
 * A mail's own HTML is shown in a frame that can only open links.
 */
export function createDevMail(db: Queryable) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [id, part, ...more] = pathOf(request)
      .slice(DEV_MAIL_PATH.length + 1)
      .split('/')
    if (id === '' || id === undefined) return respondPage(response, 200, listPage(await listMail(db)))
    const mail = await findMail(db, id)
    if (mail !== null && part === undefined) return respondPage(response, 200, mailPage(mail))
    if (mail !== null && part === 'html' && more.length === 0) return respondHtml(response, mail.html ?? '')
    respondPage(response, 404, { title: 'No such mail', body: `<h1>No such mail</h1>${BACK}` })
  }
}

const BACK = `<p><a href="${DEV_MAIL_PATH}">All mail</a></p>`

const cell = (text: string) => `<td>${escapeHtml(text)}</td>`

function listPage(mails: readonly MailEntry[]): Page {
  const rows = mails.map(
    ({ id, kind, recipient, subject, status, createdAt }) =>
      `<tr>${cell(createdAt.toISOString().slice(0, 19))}${cell(kind)}${cell(recipient)}` +
      `<td><a href="${DEV_MAIL_PATH}/${encodeURIComponent(id)}">${escapeHtml(subject)}</a></td>${cell(status)}</tr>`,
  )
  const table = `<table><tr><th>created<th>kind<th>to<th>subject<th>status</tr>${rows.join('')}</table>`
  const none = '<p>None so far. <code>sendSetupInvitation</code> in GraphiQL sends one.</p>'
  return { title: 'Mail', body: `<h1>Mail</h1>${rows.length === 0 ? none : table}` }
}

function mailPage({ id, recipient, subject, status, text }: MailContent): Page {
  const frame = `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="${DEV_MAIL_PATH}/${encodeURIComponent(id)}/html"></iframe>`
  return {
    title: subject,
    body: `${BACK}<h1>${escapeHtml(subject)}</h1><p>To ${escapeHtml(recipient)}, ${escapeHtml(status)}</p>${frame}<pre>${escapeHtml(text ?? '')}</pre>`,
    allows: "frame-src 'self'; form-action 'none'; frame-ancestors 'none'",
  }
}

function respondHtml(response: ServerResponse, html: string): void {
  const sandbox = 'sandbox allow-popups allow-popups-to-escape-sandbox'
  const policy = `${sandbox}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'`
  response
    .writeHead(200, { ...PRIVATE, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
    // Links would otherwise open inside the frame, which the target pages do not allow.
    .end(`<base target="_blank">${html}`)
}
