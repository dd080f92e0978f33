import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PortalIntent } from '../directory/portal-link.ts'
import { UpstreamError } from '../directory/upstream-error.ts'
import { escapeHtml } from '../mail/escape-html.ts'
import type { Invitations, OpenInvitation } from '../setup/open-invitation.ts'
import { PRIVATE, respondPage, type Page } from './page.ts'

export interface SetupOptions {
  readonly invitations: Invitations
  /** Whose product it is that the admin sets up. */
  readonly product: string
  /** Where WorkOS is: links to a simulated portal lead there, all others to some host by HTTPS. */
  readonly workosUrl: string
  /** Hears of what is not WorkOS's fault. */
  readonly onError: (error: unknown) => void
}

export const SETUP_PATH = '/setup/'

const WHAT: Readonly<Record<PortalIntent, string>> = {
  DSYNC: 'Connect your directory',
  SSO: 'Set up single sign-on',
  AUDIT_LOGS: 'Look at your audit logs',
  LOG_STREAMS: 'Set up where audit logs are sent',
  DOMAIN_VERIFICATION: 'Verify your domain',
  CERTIFICATE_RENEWAL: 'Renew your SAML certificate',
}

const DEAD: Page = {
  title: 'This link leads nowhere',
  body: '<h1>This link leads nowhere</h1><p>It has expired, was withdrawn, or is not whole. Ask whoever sent it to you for a new one.</p>',
}
const LATER: Page = {
  title: 'Try again in a moment',
  body: '<h1>Try again in a moment</h1><p>The setup cannot be opened now. The link stays good: come back in a few minutes.</p>',
}
const NOT_NOW: Page = {
  title: 'The setup cannot be opened',
  body: '<h1>The setup cannot be opened</h1><p>Something has to be mended first: tell whoever sent you the link.</p>',
}

/**
 * `/setup/<token>`: a page with a button, and nothing happens before somebody presses it. Scanners of mail and previews
 * of links open what they find, and a link to the portal dies five minutes after it was made. Pressed, it is made, and
 * leads there.
 */
export function createSetup({ invitations, product, workosUrl, onError }: SetupOptions) {
  // A browser holds a form to its policy also where the answer to it leads elsewhere.
  const allows = `form-action 'self' https: ${new URL(workosUrl).origin}; frame-ancestors 'none'`

  const invitationPage = ({ intent, organizationName, expiresAt }: OpenInvitation): Page => {
    const whose = organizationName === null ? '' : ` for ${escapeHtml(organizationName)}`
    return {
      title: WHAT[intent],
      body:
        `<h1>${WHAT[intent]}</h1><p>${escapeHtml(product)} asks you to do this${whose}. ` +
        `The link is good until ${expiresAt.toISOString().slice(0, 10)}.</p>` +
        '<form method="post"><button>Begin the setup</button></form>',
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
    // What a form of ours sends is empty. Whoever sends more is not read.
    if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0)
      response.setHeader('connection', 'close')
    const token = (request.url ?? '').split('?', 1)[0]!.slice(SETUP_PATH.length)
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
