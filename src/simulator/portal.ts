import { z } from 'zod'
import { ApiError, notFound } from './api-error.ts'
import { check } from './check.ts'
import { isoTime } from './clock.ts'
import { createDirectory } from './directories.ts'
import { characters } from './ids.ts'
import { isProviderKey, providerKeys, providerOf, type ProviderKey } from './providers.ts'
import type { Call, Route } from './route.ts'
import type { World } from './world.ts'

const LIFETIME_MS = 5 * 60_000

const intents = [
  'sso',
  'dsync',
  'audit_logs',
  'log_streams',
  'domain_verification',
  'certificate_renewal',
  'bring_your_own_key',
] as const

const redirect = (code: string) =>
  z.string().refine((url) => URL.canParse(url) && new URL(url).protocol === 'https:', {
    message: 'must be an address that begins with https://',
    params: { code },
  })

const linkRequest = z.object({
  organization: z.string().min(1),
  intent: z.enum(intents).optional(),
  return_url: redirect('invalid_return_url').optional(),
  success_url: redirect('invalid_success_url').optional(),
  it_contact_emails: z.array(z.email()).max(20).optional(),
})

interface Session {
  organizationId: string
  intent: string
  successUrl: string | null
  expiresAt: number
}

interface PortalRoutes {
  api: Route[]
  pages: Route[]
  clear: () => void
}

/**
 * `POST /portal/generate_link` and the page that the link leads to, where a click connects a directory as an IT admin
 * would. A link expires five minutes after its creation.
 */
export function portalRoutes(world: World, baseUrl: () => string): PortalRoutes {
  const { store, clock } = world
  const sessions = new Map<string, Session>()

  function generateLink({ body }: Call) {
    const wanted = check(linkRequest, body)
    if (store.organization(wanted.organization) === null) throw notFound('Organization', wanted.organization)
    for (const [token, { expiresAt }] of sessions) if (expiresAt <= clock.now()) sessions.delete(token)
    const token = characters('abcdefghijklmnopqrstuvwxyz0123456789', 32, world.random)
    sessions.set(token, {
      organizationId: wanted.organization,
      intent: wanted.intent ?? 'dsync',
      successUrl: wanted.success_url ?? null,
      expiresAt: clock.now() + LIFETIME_MS,
    })
    return { status: 201, body: { link: `${baseUrl()}/_simulator/portal/${token}` } }
  }

  function sessionFor(token: string | undefined): Session {
    const session = sessions.get(token ?? '')
    if (session !== undefined && session.expiresAt > clock.now()) return session
    throw new ApiError(410, { message: 'This Admin Portal link has expired.', code: 'portal_link_expired' })
  }

  function showPage({ params, path }: Call) {
    const session = sessionFor(params['token'])
    const name = store.organization(session.organizationId)?.name ?? session.organizationId
    const buttons = providersOf(session).map(
      (key) => `<form method="post" action="${path}/${key}"><button>${providerOf(key).label}</button></form>`,
    )
    const until = isoTime(session.expiresAt)
    const heading = `<h1>Admin Portal of ${escapeHtml(name)} (simulated)</h1>`
    const offer = buttons.length === 0 ? 'Nothing of it is simulated.' : 'Connect a directory:'
    const hint = `<p>Intent ${session.intent}, open until ${until}. ${offer}</p>`
    return {
      html: `<!doctype html><meta charset="utf-8"><title>Admin Portal</title>${heading}${hint}${buttons.join('')}`,
    }
  }

  function connect({ params }: Call) {
    const session = sessionFor(params['token'])
    const provider = params['provider'] ?? ''
    if (!isProviderKey(provider) || !providersOf(session).includes(provider)) throw notFound('Provider', provider)
    const { directory } = createDirectory(world, { provider, organizationId: session.organizationId, users: 10 })
    if (session.successUrl === null) return { status: 201, body: directory }
    return { status: 303, headers: { location: session.successUrl } }
  }

  return {
    api: [{ method: 'POST', path: '/portal/generate_link', handle: generateLink }],
    pages: [
      { method: 'GET', path: '/_simulator/portal/:token', handle: showPage },
      { method: 'POST', path: '/_simulator/portal/:token/:provider', handle: connect },
    ],
    clear: () => sessions.clear(),
  }
}

// A link only serves the intent that it was created for.
const providersOf = ({ intent }: Session): readonly ProviderKey[] => (intent === 'dsync' ? providerKeys : [])

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
