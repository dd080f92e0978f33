import { z } from 'zod'
import { notFound } from './api-error.ts'
import { check } from './check.ts'
import { isoTime } from './clock.ts'
import { pageOf } from './page.ts'
import type { Call, Route } from './route.ts'
import type { World } from './world.ts'

/** An AuthKit session. */
export interface SessionObject {
  object: 'session'
  id: string
  user_id: string
  organization_id?: string
  ip_address: string | null
  user_agent: string | null
  auth_method: 'sso'
  status: 'active' | 'revoked'
  expires_at: string
  ended_at: string | null
  created_at: string
  updated_at: string
}

const LIFETIME_MS = 7 * 24 * 3_600_000

/** Signs a person in with AuthKit. The simulator knows AuthKit users only by their sessions. */
export function signIn(
  { store, clock, ids }: World,
  { workosUserId, organizationId }: { workosUserId: string; organizationId?: string | undefined },
) {
  const now = clock.now()
  const session: SessionObject = {
    object: 'session',
    id: ids.next('session', now),
    user_id: workosUserId,
    ...(organizationId !== undefined && { organization_id: organizationId }),
    ip_address: '192.0.2.1',
    user_agent: 'simulated',
    auth_method: 'sso',
    status: 'active',
    expires_at: isoTime(now + LIFETIME_MS),
    ended_at: null,
    created_at: isoTime(now),
    updated_at: isoTime(now),
  }
  store.putSession(session)
  return { session }
}

const revocation = z.object({ session_id: z.string().min(1), return_to: z.string().optional() })

/** AuthKit's sessions: listing a user's active ones, and revoking them. */
export function sessionRoutes({ store, clock }: World): Route[] {
  function list({ params, query }: Call) {
    const userId = params['id']!
    const sessions = store.sessions(userId)
    if (sessions.length === 0) throw notFound('User', userId)
    const active = sessions.filter(({ status }) => status === 'active').map(({ id }) => id)
    return { body: pageOf(active.toSorted(), (id) => store.session(id)!, query, 'session') }
  }

  function revoke({ body }: Call) {
    const { session_id: id } = check(revocation, body)
    const session = store.session(id)
    if (session === null) throw notFound('Session', id)
    const now = isoTime(clock.now())
    store.putSession({ ...session, status: 'revoked', ended_at: now, updated_at: now })
    return { body: {} }
  }

  return [
    { method: 'GET', path: '/user_management/users/:id/sessions', handle: list },
    { method: 'POST', path: '/user_management/sessions/revoke', handle: revoke },
  ]
}
