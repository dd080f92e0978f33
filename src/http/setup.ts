import type { IncomingMessage, ServerResponse } from 'node:http'
import { escapeHtml } from '../mail/escape-html.ts'
import { PORTAL_PURPOSES } from '../operations/portal-link.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import { SETUP_PATH, type Invitations, type OpenInvitation } from '../setup/open-invitation.ts'
import { PRIVATE, respondPage, type Page } from './page.ts'
import { pathOf } from './request-url.ts'

interface SetupOptions {
  readonly invitations: Invitations
  /** The name of the product that the admin sets up. */
  readonly product: string
  /** WorkOS's address: links to a simulated portal lead there, all others to some host over HTTPS. */
  readonly workosUrl: string
  /** Called with errors that WorkOS did not cause. */
  readonly onError: (error: unknown) => void
}

const DEAD: Page = {
  title: 'This link is not valid',
  body:
    '<h1>This link is not valid</h1><p>It has expired, was revoked, or is incomplete. Ask whoever sent it to you ' +
    'for a new one.</p>',
}
const LATER: Page = {
  title: 'Try again in a moment',
  body:
    '<h1>Try again in a moment</h1><p>The setup cannot be opened right now. The link remains valid: try again ' +
    'in a few minutes.</p>',
}
const NOT_NOW: Page = {
  title: 'The setup cannot be opened',
  body:
    '<h1>The setup cannot be opened</h1><p>Something needs to be fixed first: please tell whoever sent you the ' +
    'link.</p>',
}

/**
 * `/setup/<token>`: a page with a button; nothing happens until it is pressed. Mail scanners and link previews open
 * every link they find, and a portal link expires five minutes after its creation. Pressing the button creates one and
 * redirects there.
 */
export function createSetup({ invitations, product, workosUrl, onError }: SetupOptions) {
  // Browsers apply a form's policy to redirects of its response, too.
  const allows = `form-action 'self' https: ${new URL(workosUrl).origin}; frame-ancestors 'none'`

  const invitationPage = ({ intent, organizationName, expiresAt }: OpenInvitation): Page => {
    const whose = organizationName === null ? '' : ` for ${escapeHtml(organizationName)}`
    const purpose = PORTAL_PURPOSES[intent]
    const title = `${purpose[0]!.toUpperCase()}${purpose.slice(1)}`
    return {
      title,
      body:
        `<h1>${title}</h1><p>${escapeHtml(product)} asks you to do this${whose}. The link is valid until ` +
        `${expiresAt.toISOString().slice(0, 10)}.</p><form method="post"><button>Begin the setup</button></form>`,
      allows,
    }
  }

  async function show(token: string, response: ServerResponse): Promise<void> {
    const invitation = await invitations.look(token)
    if (invitation === null) respondPage(response, 404, DEAD)
    else respondPage(response, 200, invitationPage(invitation))
  }

  async function open(token: string, response: ServerResponse): Promise<void> {
    const click = await invitations.click(token)
    if (click.kind === 'dead') respondPage(response, 404, DEAD)
    else if (click.kind === 'too-many') respondPage(response, 429, LATER, { 'retry-after': String(click.retryAfterS) })
    else response.writeHead(303, { ...PRIVATE, location: click.url, 'content-length': 0 }).end()
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Our form sends an empty body. Any other body is not read.
    if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0)
      response.setHeader('connection', 'close')
    const token = pathOf(request).slice(SETUP_PATH.length + 1)
    try {
      if (request.method === 'GET' || request.method === 'HEAD') await show(token, response)
      else if (request.method === 'POST') await open(token, response)
      else respondPage(response, 405, DEAD, { allow: 'GET, HEAD, POST' })
    } catch (error) {
      const refused = error instanceof UpstreamError && !error.retryable
      if (!(error instanceof UpstreamError)) onError(error)
      if (refused) respondPage(response, 502, NOT_NOW)
      else respondPage(response, 503, LATER, { 'retry-after': '30' })
    }
  }
}
