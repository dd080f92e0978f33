import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { escapeHtml } from '../mail/escape-html.ts'

const STYLE =
  'body{color:#222;font:16px/1.5 sans-serif;margin:10vh auto;max-width:44rem;padding:0 1rem}' +
  'button{background:#1f4fd8;border:0;border-radius:6px;color:#fff;cursor:pointer;font:inherit;padding:10px 18px}' +
  'td,th{border-bottom:1px solid #ddd;padding:4px 12px 4px 0;text-align:left;vertical-align:top}' +
  'iframe{border:1px solid #ddd;height:32rem;width:100%}pre{background:#f6f6f6;padding:1rem;white-space:pre-wrap}'

/** Lets nothing but this style load or run, whatever slips into a page. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'`

export interface Page {
  readonly title: string
  /** HTML in which foreign text has been escaped. */
  readonly body: string
  /** Additional Content-Security-Policy directives. */
  readonly allows?: string
}

/** Sends a small page that loads nothing, is not cached, and sends no Referer. */
export function respondPage(
  response: ServerResponse,
  status: number,
  { title, body, allows = "form-action 'none'; frame-ancestors 'none'" }: Page,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">`
  const html = `<!doctype html><html lang="en"><head>${head}<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`
  response.writeHead(status, {
    ...PRIVATE,
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': `${POLICY}; ${allows}`,
    ...headers,
  })
  // Node omits the body for HEAD.
  response.end(html)
}

/** Headers for pages whose address is itself a secret. */
export const PRIVATE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const
