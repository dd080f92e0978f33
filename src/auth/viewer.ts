/** Who makes a request, and what they may see and do. */
export interface Viewer {
  readonly kind: 'API_KEY' | 'USER' | 'ANONYMOUS'
  /** The id of the key or AuthKit user. */
  readonly id: string
  /** The only organization that the viewer sees; null for all. A USER is always bound. */
  readonly organizationId: string | null
  readonly scopes: readonly string[]
  /** When the credential expires. */
  readonly expiresAt: Date | null
  /** When the access token was issued; absent for other credentials, or if it does not say. */
  readonly issuedAt?: Date
}

/** The scopes that can be granted. `*` grants everything, `users:*` every scope that begins with `users:`. */
export const scopes = {
  'directory:read': 'Read organizations, directories, users, groups, memberships and their changes',
  'users:read:raw': 'Read the attributes of users as sent by the identity provider',
  'events:read': 'Read incoming WorkOS events with their payloads; also needs directory:read',
  'events:write': 'Replay and discard events',
  'roles:write': 'Create, change and delete roles and role mappings, and grant roles by hand',
  'sync:write': 'Compare directories with WorkOS, decide on what the guard holds, and map attributes',
  'accounts:write': 'Link, register, disable and enable accounts, and revoke their sessions',
  'keys:write': 'Create and revoke API keys',
  'webhooks:write': 'Create, change and delete webhook endpoints, and resend messages; also needs directory:read',
  'metrics:read': 'Read /metrics; only for keys that are not bound to an organization',
  'portal:write': "Create links to WorkOS's Admin Portal, and mail invitations to it",
} as const
export type Scope = keyof typeof scopes

export function hasScope(viewer: Viewer, scope: Scope): boolean {
  return covers(viewer.scopes, scope)
}

/** Whether scopes include another one, or everything that a wildcard covers. */
export function covers(scopes: readonly string[], scope: string): boolean {
  return scopes.some((one) => one === scope || (one.endsWith('*') && scope.startsWith(one.slice(0, -1))))
}

/** Whether a string is valid in a key's list of scopes. */
export function isGrantable(scope: string): boolean {
  return (
    scope === '*' ||
    Object.keys(scopes).some(
      (known) => known === scope || (scope.endsWith(':*') && known.startsWith(scope.slice(0, -1))),
    )
  )
}

/** `npm run dev` without credentials. Never in production. */
export const anonymousDeveloper: Viewer = {
  kind: 'ANONYMOUS',
  id: 'anonymous',
  organizationId: null,
  scopes: ['*'],
  expiresAt: null,
}
